// Making a pipeline, and changing one: which data, what is trained, what starts it, what becomes of the model.

import { button } from "../../components/button.js";
import { openDialog } from "../../components/dialog.js";
import { field, form, isFilled } from "../../components/field.js";
import { toast } from "../../components/toast.js";
import { fill, h, uniqueId } from "../../dom.js";
import { PROMOTIONS, pathOf } from "../../pipeline-words.js";
import { getAll, patch, post } from "../../server/http.js";
import { idempotencyKeys } from "../../server/idempotency-key.js";
import { columnsOf, dataField } from "./data-field.js";
import { startFields } from "./starts.js";

const GUARD = { rollback_if: ["errors", "performance"], within: "2d" };

/**
 * @param options.pipeline  one that is changed, with its `tag`; else one is made
 * @param options.preset    what a new one is at first
 * @param options.heading   of the dialog, where all that must be said is filled in: it is folded away
 * @param options.onDone    (pipeline)
 */
export async function openPipelineForm({ pipeline, tag, preset = {}, heading, signal, onDone }) {
  const known = pipeline ?? preset;
  const [sources, datasets, endpoints] = await Promise.all([getAll("/sources", { signal, most: 200 }), getAll("/datasets", { signal, most: 200 }), getAll("/endpoints", { signal, most: 200 })]);
  if (!pipeline && !sources.length && !datasets.length) return toast("Upload a dataset or make a source first: it is what a pipeline trains on.");
  const keys = idempotencyKeys();
  const plain = { autocomplete: "off", spellcheck: "false" };
  const names = h("datalist", { id: uniqueId("endpoints") }, endpoints.map((each) => h("option", { value: each.name })));
  const columns = h("datalist", { id: uniqueId("columns") });
  const name = field("Name", { value: known.name ?? "", maxlength: 200, placeholder: "Weekly", ...plain });
  const endpoint = field("Endpoint", { value: known.endpoint ?? "", maxlength: 63, list: names.id, autocapitalize: "none", hint: "New models become versions of it. It is made with the first where there is none.", ...plain });
  const data = dataField(known.data, { sources, datasets });
  const target = field("Target", { value: known.job?.target ?? "", list: columns.id, hint: "The column to predict.", ...plain });
  const minutes = field("Time for a training, in minutes", { type: "number", min: 0.1, step: "any", value: String((known.job?.time_budget_s ?? 300) / 60) });
  const starts = startFields(known.when ?? []);
  const promote = field("When a new model is there", { type: "select", choices: PROMOTIONS, value: known.promote ?? "ask", hint: "It is compared with the one that is served, on rows that neither has seen." });
  const guard = field("Roll back by itself if requests fail or predictions become worse within two days", { type: "checkbox", checked: Boolean(known.guard) });
  const overlap = field("If the run before is still on", { type: "select", choices: [["skip", "It is skipped"], ["queue", "It waits its turn"]], value: known.overlap ?? "skip" });
  const offerColumns = async () => fill(columns, (await columnsOf(data.value(), sources, signal)).map((each) => h("option", { value: each })));
  data.field.input.addEventListener("change", offerColumns);
  void offerColumns();
  const fields = {
    name, endpoint, promote, overlap, guard, ...starts.fields, target, "job.target": target, "job.time_budget_s": minutes, time_budget_s: minutes,
    data: data.field, "data.dataset_id": data.field, "data.source_id": data.field, "data.plus": data.plus, "data.plus.endpoint": data.plus,
  };
  const body = () => ({
    name: name.value().trim(),
    endpoint: endpoint.value().trim(),
    data: data.value(endpoint.value().trim()),
    job: { ...known.job, target: target.value().trim(), time_budget_s: Math.round(Number(minutes.value()) * 60) },
    when: starts.value(),
    promote: promote.value(),
    guard: guard.value() ? (known.guard ?? GUARD) : null,
    overlap: overlap.value(),
  });
  openDialog(heading ?? (pipeline ? `Change ${pipeline.name}` : "New pipeline"), (close) => form(fields, async () => {
    if (!isFilled(name, "Give it a name.") || !isFilled(endpoint, "Name the endpoint.") || !isFilled(target, "Name the column to predict.")) return;
    const said = body();
    const done = pipeline ? await patch(pathOf(pipeline.id), said, { headers: { "If-Match": tag } }) : await post("/pipelines", said, { headers: keys(said) });
    close();
    await onDone(done);
  },
  !heading && row(name, endpoint), names, data.element, columns, !heading && row(target, minutes), starts.main, promote.element,
  h("details", { class: "more-fields" }, h("summary", {}, heading ? "Name, training, what else starts it, what follows" : "What else starts it, what follows"),
    heading && [row(name, endpoint), row(target, minutes)], starts.others, guard.element, overlap.element),
  h("div", { class: "form-actions" }, button("Cancel", { run: () => close() }), button(pipeline ? "Save" : "Create pipeline", { kind: "primary", type: "submit" }))), { wide: true });
}

const row = (...fields) => h("div", { class: "field-row" }, fields.map(({ element }) => element));
