// Making a pipeline, and changing one: which data, what is trained, what starts it, what becomes of the model.

import { button } from "../../components/button.js";
import { openDialog } from "../../components/dialog.js";
import { field, form, isFilled } from "../../components/field.js";
import { toast } from "../../components/toast.js";
import { fill, h, uniqueId } from "../../dom.js";
import { plural } from "../../format.js";
import { PROMOTIONS, gateWords, pathOf, promotionWords, startsInARow } from "../../pipeline-words.js";
import { getAll, patch, post } from "../../server/http.js";
import { idempotencyKeys } from "../../server/idempotency-key.js";
import { DEFAULT_TIME_BUDGET_S } from "../../vocabulary.js";
import { listenersField } from "../account/listeners.js";
import { columnsOf, dataField } from "./data-field.js";
import { folded } from "./folded.js";
import { gateFields } from "./gate-fields.js";
import { promotionFields } from "./promotion-fields.js";
import { startFields } from "./starts.js";

const MOST = 200;

/**
 * @param options.pipeline  one that is changed, with its `tag`; else one is made
 * @param options.preset    what a new one is at first
 * @param options.heading   of the dialog, where all that must be said is filled in: it is folded away
 * @param options.onDone    (pipeline)
 */
export async function openPipelineForm({ pipeline, tag, preset = {}, heading, signal, onDone }) {
  const known = pipeline ?? preset;
  const [sources, datasets, endpoints, webhooks] = await Promise.all(["/sources", "/datasets", "/endpoints", "/webhooks"].map((path) => getAll(path, { signal, most: MOST })));
  if (!pipeline && !sources.length && !datasets.length) return toast("Upload a dataset or make a source first: it is what a pipeline trains on.");
  const keys = idempotencyKeys();
  const plain = { autocomplete: "off", spellcheck: "false" };
  const names = h("datalist", { id: uniqueId("endpoints") }, endpoints.map((each) => h("option", { value: each.name })));
  const columns = h("datalist", { id: uniqueId("columns") });
  const name = field("Name", { value: known.name ?? "", maxlength: 200, placeholder: "Weekly", ...plain });
  const endpoint = field("Endpoint", { value: known.endpoint ?? "", maxlength: 63, list: names.id, autocapitalize: "none", hint: "New models become versions of it. It is made with the first where there is none.", ...plain });
  const data = dataField(known.data, { sources, datasets });
  const target = field("Target", { value: known.job?.target ?? "", list: columns.id, hint: "The column to predict.", ...plain });
  const minutes = field("Time for a training, in minutes", { type: "number", min: 0.1, step: "any", value: String((known.job?.time_budget_s ?? DEFAULT_TIME_BUDGET_S) / 60) });
  const starts = startFields(known.when ?? []);
  const promote = field("When a new model is there", { type: "select", choices: PROMOTIONS, value: known.promote ?? "ask", hint: "It is compared with the one that is served, on rows that neither has seen." });
  const gate = gateFields(known.gate, { task: known.job?.task, datasets });
  const promotion = promotionFields(known, endpoints);
  const notify = listenersField("Told of each of its runs", webhooks, known.notify ?? [], "Those that want run.* are told whatever is chosen here.");
  const changed = field("Train only if there is something new", { type: "checkbox", checked: known.unless_unchanged ?? true, hint: "Else a run whose data and settings are those of the last one ends as unchanged." });
  const overlap = field("If the run before is still on", { type: "select", choices: [["skip", "It is skipped"], ["queue", "It waits its turn"]], value: known.overlap ?? "skip" });
  const offerColumns = async () => {
    const found = await columnsOf(data.value(), sources, signal);
    fill(columns, found.map((each) => h("option", { value: each })));
    gate.offer(found);
  };
  data.field.input.addEventListener("change", offerColumns);
  void offerColumns();
  const fields = {
    name, endpoint, promote, ...starts.fields, overlap, unless_unchanged: changed, target, "job.target": target, "job.time_budget_s": minutes, time_budget_s: minutes, job: target,
    data: data.field, "data.dataset_id": data.field, "data.source_id": data.field, "data.plus": data.plus, ...gate.fields, ...promotion.fields, notify,
  };
  const body = () => ({
    name: name.value().trim(),
    endpoint: endpoint.value().trim(),
    data: data.value(endpoint.value().trim()),
    job: { ...known.job, target: target.value().trim(), time_budget_s: Math.round(Number(minutes.value()) * 60) },
    when: starts.value(),
    unless_unchanged: changed.value(),
    gate: gate.value(),
    promote: promote.value(),
    ...promotion.value(),
    overlap: overlap.value(),
    notify: notify.value(),
  });
  const others = folded("What else starts it", () => `${otherStarts(starts.value())}; if the run before is still on, it ${overlap.value() === "queue" ? "waits its turn" : "is skipped"}.`, starts.others, overlap.element, changed.element);
  const compared = folded("How the two are compared", () => `${gateWords(gate.value())}.`, gate.element);
  const follows = folded("What follows a promotion", () => `${promotionWords(promotion.value())}.`, promotion.element);
  const told = folded("Who is told", () => toldWords(notify.value()), notify.element);
  const draw = () => {
    compared.element.hidden = follows.element.hidden = promote.value() === "never";
    gate.setPromotion(promote.value());
  };
  promote.input.addEventListener("change", draw);
  draw();
  openDialog(heading ?? (pipeline ? `Change ${pipeline.name}` : "New pipeline"), (close) => form(fields, async () => {
    if (!isFilled(name, "Give it a name.") || !isFilled(endpoint, "Name the endpoint.") || !isFilled(target, "Name the column to predict.")) return;
    const said = body();
    const done = pipeline ? await patch(pathOf(pipeline.id), said, { headers: { "If-Match": tag } }) : await post("/pipelines", said, { headers: keys(said) });
    close();
    await onDone(done);
  },
  !heading && row(name, endpoint), names, data.element, columns, !heading && row(target, minutes), starts.main, promote.element,
  heading && folded("Name and training", () => `${name.value()}: ${target.value()}, trained for ${minutes.value()} min.`, row(name, endpoint), row(target, minutes)).element,
  [others, compared, follows, told].map(({ element }) => element),
  h("div", { class: "form-actions" }, button("Cancel", { run: () => close() }), button(pipeline ? "Save" : "Create pipeline", { kind: "primary", type: "submit" }))), { wide: true });
}

/** What starts it but its schedule. */
function otherStarts(when) {
  const others = when.filter(({ cron }) => !cron);
  return others.length ? startsInARow({ when: others }) : "Nothing else";
}

const toldWords = (names) => (names.length ? `${plural(names.length, "webhook or mail address", "webhooks and mail addresses")}.` : "Nobody but who wants to hear of every run.");

const row = (...fields) => h("div", { class: "field-row" }, fields.map(({ element }) => element));
