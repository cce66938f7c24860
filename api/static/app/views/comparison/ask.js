// Begin to measure several models on the same labelled rows.

import { button } from "../../components/button.js";
import { openDialog } from "../../components/dialog.js";
import { field, form, isFilled } from "../../components/field.js";
import { h } from "../../dom.js";
import { plural } from "../../format.js";
import { getAll, post } from "../../server/http.js";
import { idempotencyKeys } from "../../server/idempotency-key.js";
import { withColumn } from "../evaluation/ask.js";

const MOST_LOOKED_AT = 12;

/** @param models  of the same target, at least two */
export async function askComparison(models, { signal, navigate }) {
  const { target } = models[0];
  const datasets = (await getAll("/datasets?brief=true", { signal, most: 400 })).filter(({ state }) => state === "ready");
  const trainedOn = new Set(models.map((model) => model.dataset_id));
  const fitting = await withColumn(datasets.slice(0, MOST_LOOKED_AT), target, signal);
  const rank = ({ id }) => (trainedOn.has(id) ? 1 : fitting.has(id) ? 0 : 2);
  const sorted = [...datasets].sort((a, b) => rank(a) - rank(b));
  const keys = idempotencyKeys();
  const dataset = field("Dataset", { type: "select", choices: sorted.map(({ id, name, rows }) => [id, `${name} (${plural(rows, "row")}${trainedOn.has(id) ? ", one was trained on this" : ""})`]), hint: `With the column ${target}: rows whose outcome is known, best new to all of the models.` });
  const name = field("Name (optional)", { maxlength: 200 });
  openDialog(`Measure ${plural(models.length, "model")} on the same rows`, (close) => form({ dataset_id: dataset, name }, async () => {
    if (!isFilled(dataset, "Upload a labelled dataset first.")) return;
    const body = { models: models.map(({ id }) => id), dataset_id: dataset.value(), ...(name.value().trim() && { name: name.value().trim() }) };
    const made = await post("/comparisons", body, { headers: keys(body) });
    close();
    navigate(`/comparisons/${made.id}`);
  },
  dataset.element, name.element,
  h("div", { class: "form-actions" }, button("Cancel", { run: () => close() }), button("Measure", { kind: "primary", type: "submit" }))));
}
