// "Test on new data": which labelled dataset a model, or a version of an endpoint, is measured on, and by which groups of rows.

import { button } from "../../components/button.js";
import { openDialog } from "../../components/dialog.js";
import { field, form, isFilled } from "../../components/field.js";
import { fill, h, oncePerFrame } from "../../dom.js";
import { plural } from "../../format.js";
import { get, getAll, post } from "../../server/http.js";
import { idempotencyKeys } from "../../server/idempotency-key.js";

const MOST_SLICES = 20;
const MOST_LOOKED_AT = 12;
const SLICED = new Set(["category", "boolean", "number", "date"]);

/** The ids of those datasets that have a column. */
export async function withColumn(datasets, column, signal) {
  const looked = await Promise.all(datasets.map(({ id }) => get(`/datasets/${encodeURIComponent(id)}`, { signal }).catch(() => null)));
  return new Set(looked.filter((dataset) => dataset?.columns.some(({ name }) => name === column)).map(({ id }) => id));
}

/**
 * Ask, begin, and go to the evaluation's page.
 * @param what      {model_id}, or {endpoint, version}
 * @param options.target   the column that the dataset must have
 * @param options.trainedOn  id of the dataset of the training: it comes after new ones, and is said to be that
 */
export async function askEvaluation(what, { target, trainedOn, signal, navigate }) {
  const datasets = (await getAll("/datasets?brief=true", { signal, most: 400 })).filter(({ state }) => state === "ready");
  const fitting = await withColumn(datasets.slice(0, MOST_LOOKED_AT), target, signal);
  const rank = ({ id }) => (id === trainedOn ? 1 : fitting.has(id) ? 0 : 2);
  const sorted = [...datasets].sort((a, b) => rank(a) - rank(b));
  if (!sorted.length) return openDialog("Test on new data", h("p", {}, "There is no dataset yet. ", h("a", { href: "/datasets" }, "Upload one"), ` that has the column ${target}.`), { cancel: null, actions: [{ label: "Close" }] });
  const keys = idempotencyKeys();
  const dataset = field("Dataset", { type: "select", choices: sorted.map(({ id, name, rows }) => [id, `${name} (${plural(rows, "row")}${id === trainedOn ? ", it was trained on this" : ""})`]), hint: `With the column ${target}: rows whose outcome is known.` });
  const name = field("Name (optional)", { maxlength: 200, placeholder: "November" });
  const pairs = field("Also look at groups of two columns at a time", { type: "checkbox" });
  const place = h("div", { class: "checks" });
  const groups = h("fieldset", {}, h("legend", { class: "field-label" }, "Compare groups of rows by"), place,
    h("p", { class: "field-hint" }, "Also looked at for fairness. Without a choice: the columns that matter most to the model."));
  let boxes = [];
  const showColumns = async () => {
    const { columns } = await get(`/datasets/${encodeURIComponent(dataset.value())}`, { signal });
    dataset.setWarning(columns.some((column) => column.name === target) ? null : `This dataset has no column ${target}.`);
    boxes = columns.filter((column) => column.name !== target && (!column.type || SLICED.has(column.type))).map((column) => [column.name, field(column.name, { type: "checkbox" })]);
    fill(place, boxes.map(([, box]) => box.element));
  };
  dataset.input.addEventListener("change", oncePerFrame(() => void showColumns().catch(() => {})));
  await showColumns();
  return openDialog("Test on new data", (close) => form({ dataset_id: dataset, name }, async () => {
    if (!isFilled(dataset, "Choose a dataset.")) return;
    const slices = boxes.filter(([, box]) => box.value()).map(([column]) => column);
    if (slices.length > MOST_SLICES) throw new Error(`At most ${MOST_SLICES} columns can be looked at.`);
    const body = { ...what, dataset_id: dataset.value(), slices, pairs: pairs.value(), ...(name.value().trim() && { name: name.value().trim() }) };
    const made = await post("/evaluations", body, { headers: keys(body) });
    close();
    navigate(`/evaluations/${made.id}`);
  },
  dataset.element, name.element, groups, pairs.element,
  h("div", { class: "form-actions" }, button("Cancel", { run: () => close() }), button("Test", { kind: "primary", type: "submit" }))));
}
