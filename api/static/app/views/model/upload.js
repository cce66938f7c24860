// A model of one's own: an ONNX file, and what is to be known of it that the file does not say.

import { button } from "../../components/button.js";
import { openDialog } from "../../components/dialog.js";
import { field, form, isFilled } from "../../components/field.js";
import { toast } from "../../components/toast.js";
import { h } from "../../dom.js";
import { TASKS } from "../../format.js";
import { call, get, sleep, Problem } from "../../server/http.js";
import { idempotencyKeys } from "../../server/idempotency-key.js";

const CHECK_EVERY_MS = 1500;
const BY_FILE = ["", "As the file says, else guessed"];
const OUTPUTS = [["probability_output", "Of the probabilities"], ["label_output", "Of the label"], ["value_output", "Of the number, in a regression"]];

/** Ask for the file, have it checked, and go to the model's page. */
export function askUpload({ signal, navigate }) {
  const keys = idempotencyKeys();
  const file = field("ONNX file", { type: "file", accept: ".onnx,application/onnx" });
  const texts = {
    target: field("What it predicts", { maxlength: 200, placeholder: "churn" }),
    task: field("Type", { type: "select", choices: [BY_FILE, ...Object.entries(TASKS).filter(([task]) => task !== "auto")], value: "" }),
    inputs: field("Columns", { type: "textarea", rows: 2, placeholder: "age, income, plan", hint: "In the order in which the graph takes them, with commas between them or one a line." }),
    labels: field("Classes", { type: "textarea", rows: 2, placeholder: "no, yes", hint: "In the order of the probabilities. None of a regression." }),
    name: field("Name", { maxlength: 200, placeholder: "The file's" }),
    ...Object.fromEntries(OUTPUTS.map(([name, label]) => [name, field(label, { maxlength: 200 })])),
  };
  const background = field("Rows that it knows", { type: "file", accept: ".csv,text/csv", hint: "A CSV of up to 64 rows: explanations compare with them. Without it there are none." });
  const names = new Set(["inputs", "labels"]);

  openDialog("Upload a model", (close) => form({ file, background, ...texts }, async () => {
    if (!isFilled(file, "Choose a file.")) return;
    const said = Object.entries(texts).map(([name, each]) => [name, each.value().trim()]).filter(([, text]) => text);
    const body = new FormData();
    for (const [name, text] of said) body.append(name, names.has(name) && text.includes("\n") ? JSON.stringify(text.split("\n").map((line) => line.trim()).filter(Boolean)) : text);
    const files = Object.entries({ file, background }).map(([name, { input }]) => [name, input.files[0]]).filter(([, each]) => each);
    for (const [name, each] of files) body.append(name, each, each.name);
    const same = [said, files.map(([name, each]) => [name, each.name, each.size, each.lastModified])];
    const model = await checked(await call("POST", "/models", { body, headers: keys(same) }), signal);
    close();
    toast("Uploaded, and checked.", { kind: "good" });
    navigate(`/models/${model.id}`);
  },
  h("p", { class: "fine" }, "As scikit-learn, LightGBM, XGBoost and others write it. What you leave empty is read from the file, or guessed and told."),
  file.element,
  h("div", { class: "field-row" }, texts.target.element, texts.task.element),
  texts.inputs.element, texts.labels.element,
  h("div", { class: "field-row" }, background.element, texts.name.element),
  h("details", {}, h("summary", { class: "fine" }, "Outputs, where the graph has several"), h("div", { class: "field-row" }, OUTPUTS.map(([name]) => texts[name].element))),
  h("div", { class: "form-actions" }, button("Cancel", { run: () => close() }), button("Upload", { kind: "primary", type: "submit" }))), { wide: true });
}

/** The model once a worker has looked at the file: most often at once. */
async function checked(model, signal) {
  while (model.state === "checking") {
    await sleep(CHECK_EVERY_MS, signal);
    signal.throwIfAborted();
    model = await get(`/models/${encodeURIComponent(model.id)}`, { signal });
  }
  if (model.state === "rejected") throw new Problem(422, { ...model.error, detail: [model.error?.detail, model.error?.hint].filter(Boolean).join(" ") });
  return model;
}
