// Predicting: one row with its explanation, a file, or a whole dataset.

import { button } from "../components/button.js";
import { pageHead, panel } from "../components/page.js";
import { h } from "../dom.js";
import { get } from "../server/http.js";
import { Answer } from "./predict/answer.js";
import { filePanel } from "./predict/file.js";
import { RowForm } from "./predict/form.js";
import { storedPanel } from "./predict/stored.js";

export const title = "Predict";

export default async function view({ params, signal, setTitle }) {
  const model = await get(`/models/${encodeURIComponent(params.id)}`, { signal });
  setTitle(`Predict ${model.target}`);
  const stored = await storedPanel(model, signal);
  const answer = new Answer(model, `/models/${encodeURIComponent(model.id)}/predict`, signal);
  const form = new RowForm(model, () => answer.ask(form));
  answer.fetch(form);
  return h("div", { class: "stack" },
    pageHead(`Predict ${model.target}`, { back: [`/models/${model.id}`, `Model of ${model.target}`], lead: "Change a value to update the prediction and its explanation." }),
    h("div", { class: "predict-columns" },
      panel("Single row", { note: "Starts with a row of the training data; the most important columns come first.", aside: button("Reset", { kind: "quiet", icon: "retry", run: () => form.reset() }) }, form.element),
      answer.element),
    filePanel(model, signal),
    stored);
}
