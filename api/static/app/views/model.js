// One model: how good it is, how far to trust it, what it does, and how to use it.

import { button, linkButton } from "../components/button.js";
import { confirm } from "../components/dialog.js";
import { notice } from "../components/notice.js";
import { facts, pageHead, panel } from "../components/page.js";
import { tabs } from "../components/tabs.js";
import { fill, h } from "../dom.js";
import { ago, dateTime, integer, plural, taskName } from "../format.js";
import { del, get } from "../server/http.js";
import { datasetName } from "../server/names.js";
import { codeTab } from "./model/code.js";
import { askEvaluation } from "./evaluation/ask.js";
import { evaluationTable } from "./evaluation/list.js";
import { openProduction } from "./endpoint/production.js";
import { columnsTab, importanceBars } from "./model/columns.js";
import { membersTab } from "./model/members.js";
import { ruleWords } from "./model/decision.js";
import { askDescription, givenName, modelTitle, tagList } from "./model/describe.js";
import { performanceTab } from "./model/performance.js";
import { headline, trustList, verdictPanel } from "./model/trust.js";

export const title = "Model";

export default async function view({ params, signal, navigate, setTitle }) {
  const path = `/models/${encodeURIComponent(params.id)}`;
  const model = await get(path, { signal });
  setTitle(modelTitle(model));
  if (model.state !== "ready") return unready(model, { signal, navigate });
  const isUploaded = model.origin === "uploaded";
  const [dataset, job] = isUploaded ? [null, null] : await Promise.all([datasetName(model.dataset_id), get(`/jobs/${model.job_id}`, { signal }).catch(() => null)]);
  const top = h("div", {});
  let now = model;
  const drawHead = (changed = {}) => {
    now = { ...now, ...changed };
    setTitle(modelTitle(now));
    fill(top, head(now, dataset, job, { signal, navigate, onDescribed: drawHead }));
  };
  const onDecided = drawHead;
  drawHead();
  // Curves are larger than all the rest: they are fetched with the first tab that draws them.
  let request = null;
  const evaluation = () => (request ??= get(`${path}/evaluation`, { signal }));
  const withEvaluation = (make) => () => evaluation().then((found) => make(model, found, { signal, onDecided }), (error) => notice("info", "No evaluation available.", error.message));
  return h("div", {},
    top,
    verdictPanel(model),
    tabs(isUploaded ? [
      { id: "overview", label: "Overview", make: () => overview(model, dataset) },
      { id: "tests", label: "Tests", make: () => testsTab(model, { signal, navigate }) },
      { id: "use", label: "Code and downloads", make: () => codeTab(model, { signal }) },
    ] : [
      { id: "overview", label: "Overview", make: () => overview(model, dataset) },
      { id: "performance", label: "Performance", make: withEvaluation(performanceTab) },
      { id: "columns", label: "Columns", make: withEvaluation(columnsTab) },
      { id: "models", label: "Ensemble", make: withEvaluation(membersTab) },
      { id: "tests", label: "Tests", make: () => testsTab(model, { signal, navigate }) },
      { id: "use", label: "Code and downloads", make: () => codeTab(model, { signal }) },
    ], { label: "About this model" }));
}

/** An upload that is not checked yet, or cannot be served. */
function unready(model, page) {
  const text = model.state === "checking" ? "Reload this page in a few seconds." : `${model.error?.detail ?? ""} ${model.error?.hint ?? ""}`;
  return h("div", {}, head(model, null, null, page), notice(model.state === "checking" ? "info" : "bad", model.state === "checking" ? "The model is being checked." : "The model cannot be served.", text));
}

function head(model, dataset, job, { signal, navigate, onDescribed }) {
  const ready = model.state === "ready";
  const remove = () => confirm("Delete this model?", "It can no longer predict, and its stored predictions are deleted.", {
    run: async () => {
      await del(`/models/${model.id}`);
      navigate("/models");
    },
  });
  const made = h("time", { datetime: model.created_at, title: dateTime(model.created_at) }, ago(model.created_at));
  const from = model.origin === "uploaded" ? `Uploaded as ${model.name}` : ["From ", dataset ? h("a", { href: `/datasets/${model.dataset_id}` }, dataset) : "deleted dataset"];
  return pageHead(modelTitle(model), {
    back: ["/models", "Models"],
    lead: [givenName(model) && `Predicts ${model.target}. `, from, ", ", made, model.decision && h("div", {}, `${ruleWords(model.decision)} (decision rule)`), model.note && h("div", {}, model.note), tagList(model)],
    actions: [
      ready && linkButton("Predict", `/models/${model.id}/predict`, { kind: "primary", icon: "play" }),
      ready && button("Put into production", { icon: "endpoint", run: () => openProduction({ model, signal, navigate }) }),
      ready && button("Test on new data", { icon: "target", run: () => askTest(model, { signal, navigate }) }),
      dataset && linkButton("Train again", `/datasets/${model.dataset_id}/train?${job ? `job=${job.id}` : `target=${encodeURIComponent(model.target)}`}`, { icon: "edit" }),
      ready && linkButton("Compare", `/compare?model=${model.id}`),
      onDescribed && button("Name, note and tags", { kind: "quiet", icon: "edit", only: true, run: () => askDescription(model, onDescribed) }),
      button("Delete", { kind: "quiet", icon: "trash", only: true, run: remove }),
    ],
  });
}

const askTest = (model, page) => askEvaluation({ model_id: model.id }, { target: model.target, trainedOn: model.dataset_id, ...page });

async function testsTab(model, page) {
  return panel("Tests on new data", {
    note: "How the model does on labelled rows that it has not seen, beside what was promised at training.",
    aside: button("Test on new data", { kind: "primary", "aria-label": "Test this model on new data", run: () => askTest(model, page) }),
  }, await evaluationTable(`model_id=${encodeURIComponent(model.id)}`, page));
}

function overview(model, dataset) {
  const { method } = headline(model);
  const voices = model.leaderboard.filter(({ weight }) => weight > 0);
  const ms = model.onnx?.ms_per_row ?? voices.reduce((sum, { predict_ms_per_row: each }) => sum + (each ?? 0), 0);
  return h("div", { class: "stack" },
    h("div", { class: "two-columns even" },
      panel("How far to trust it", {}, trustList(model)),
      panel("Feature importance", { note: "How much worse the score gets when the column is shuffled." }, importanceBars(model, { most: 8 }))),
    panel("Summary", {}, facts([
      ["Predicts", model.classes?.length === 2 ? `${model.classes[0]} or ${model.classes[1]}` : taskName(model.task)],
      model.positive_class && ["Positive class", `${model.positive_class} (${model.positive_class_rule})`],
      model.classes?.length > 2 && ["Classes", model.classes.length > 4 ? integer(model.classes.length) : model.classes.join(", ")],
      ["Input", plural(model.features.length, "column")],
      voices.length > 0 && ["Ensemble", plural(voices.length, "model")],
      ["Prediction time per row", ms ? `${ms < 1 ? "under 1" : Math.round(ms)} ms` : "–"],
      ["Validation", method ?? "–"],
      model.origin === "uploaded" ? ["File", [model.name, model.onnx.producer].filter(Boolean).join(", ")] : ["Dataset", dataset ?? "deleted dataset"],
    ])));
}
