// A row is predicted by the endpoint, or by one of its versions.

import { button } from "../../components/button.js";
import { emptyState } from "../../components/empty.js";
import { select } from "../../components/field.js";
import { panel } from "../../components/page.js";
import { fill, h } from "../../dom.js";
import { CHAMPION } from "../../endpoint-words.js";
import { get } from "../../server/http.js";
import { Answer } from "../predict/answer.js";
import { RowForm } from "../predict/form.js";

export async function tryTab(open, signal) {
  const { aliases } = open.endpoint;
  if (!aliases[CHAMPION]) return emptyState("play", "Nothing to try yet", "Add a model as a version first.");
  const place = h("div", { class: "predict-columns" });
  const choices = [["", "As requests are: by the traffic"], ...open.versions.map(({ version }) => [String(version), [`Version ${version}`, ...open.aliasesOf(version)].join(", ")])];
  const which = select(choices, { "aria-label": "Which version answers", onchange: () => void draw() });

  async function draw() {
    const number = which.value ? Number(which.value) : aliases[CHAMPION];
    const { model_id: id } = open.versions.find(({ version }) => version === number) ?? (await get(`${open.path}/versions/${number}`, { signal }));
    const model = await get(`/models/${encodeURIComponent(id)}`, { signal });
    const answer = new Answer(model, `${open.path}/predict${which.value ? `?version=${which.value}` : ""}`, signal);
    const form = new RowForm(model, () => answer.ask(form));
    answer.fetch(form);
    fill(place,
      panel("Single row", { note: "Starts with a row of the training data; the most important columns come first.", aside: button("Reset", { kind: "quiet", icon: "retry", run: () => form.reset() }) }, form.element),
      answer.element);
  }

  await draw();
  return h("div", { class: "stack" }, h("div", { class: "joined" }, which), place);
}
