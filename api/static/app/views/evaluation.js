// One test of a model on new rows: how good it is there, beside what was promised, and where it is worse.

import { stateBadge } from "../components/badge.js";
import { button, linkButton } from "../components/button.js";
import { confirm } from "../components/dialog.js";
import { errorNotice } from "../components/notice.js";
import { pageHead, panel } from "../components/page.js";
import { progressBar } from "../components/progress.js";
import { tabs } from "../components/tabs.js";
import { fill, h } from "../dom.js";
import { ago, dateTime, integer, plural } from "../format.js";
import { API, del, get, poll } from "../server/http.js";
import { datasetName } from "../server/names.js";
import { isOver, toneOf } from "../words.js";
import { driftTab } from "./evaluation/drift.js";
import { fairnessTab } from "./evaluation/fairness.js";
import { metricsPanel } from "./evaluation/metrics.js";
import { overlapNotice } from "./evaluation/overlap.js";
import { slicesTab } from "./evaluation/slices.js";
import { errorPanels } from "./model/performance.js";

export const title = "Test on new data";

const EVERY_MS = 1000;

export default async function view({ params, signal, navigate, setTitle }) {
  const path = `/evaluations/${encodeURIComponent(params.id)}`;
  const first = await get(path, { signal });
  const [dataset, model] = await Promise.all([datasetName(first.dataset_id), get(`/models/${encodeURIComponent(first.model_id)}`, { signal }).catch(() => null)]);
  const [top, body] = [h("div", {}), h("div", {})];
  const draw = (found) => {
    setTitle(found.name || `Test on ${dataset ?? "new data"}`);
    fill(top, head(found, dataset, model, { path, navigate }));
    fill(body, found.state === "succeeded" ? result(found, model) : isOver(found.state) ? errorNotice(found.error ?? { detail: "The test ended without a result." }) : waiting(found));
  };
  draw(first);
  if (!isOver(first.state)) poll(path, { signal, everyMs: EVERY_MS, onValue: (found) => (draw(found), isOver(found.state) ? false : EVERY_MS) });
  return h("div", {}, top, body);
}

const waiting = (found) => panel(null, {}, progressBar("Progress of the test", { words: found.state === "queued" ? "Waiting for a worker. You can leave this page." : "Predicting the rows and working out the intervals. You can leave this page." }).element);

function head(found, dataset, model, { path, navigate }) {
  const remove = () => confirm("Delete this test?", "Its scores and its report are deleted. The model and the dataset are kept.", { run: async () => {
    await del(path);
    navigate(`/models/${found.model_id}?tab=tests`);
  } });
  const which = found.endpoint ? [h("a", { href: `/endpoints/${found.endpoint}` }, found.endpoint), `, version ${found.version}`] : model ? h("a", { href: `/models/${model.id}` }, model.name || `the model of ${model.target}`) : "deleted model";
  return pageHead(found.name || "Test on new data", {
    back: [`/models/${found.model_id}?tab=tests`, "Tests of this model"],
    badge: found.state === "succeeded" ? null : stateBadge(found.state),
    lead: ["Of ", which, " on ", dataset ? h("a", { href: `/datasets/${found.dataset_id}` }, dataset) : "deleted dataset", ", ", h("time", { datetime: found.created_at, title: dateTime(found.created_at) }, ago(found.created_at))],
    actions: [
      found.state === "succeeded" && linkButton("Report", `${API}${path}/report`, { icon: "external", target: "_blank", rel: "noopener" }),
      button("Delete", { kind: "quiet", icon: "trash", only: true, run: remove }),
    ],
  });
}

function result(found, model) {
  const worse = found.slices.filter((each) => each.worse).length;
  const drifted = found.drift?.columns.filter((each) => each.drifted).length ?? 0;
  const count = (label, many) => (many ? `${label} (${integer(many)})` : label);
  const positive = model?.positive_class ?? found.classes?.at(-1)?.class ?? found.target;
  return h("div", { class: "stack" },
    verdict(found),
    overlapNotice(found),
    metricsPanel(found),
    tabs([
      { id: "curves", label: "Curves and errors", make: () => h("div", { class: "stack" }, errorPanels({ ...found, ...found.curves }, positive)) },
      { id: "slices", label: count("Groups of rows", worse), make: () => slicesTab(found) },
      Object.keys(found.fairness ?? {}).length > 0 && { id: "fairness", label: "Fairness", make: () => fairnessTab(found) },
      { id: "drift", label: count("Drift", drifted), make: () => driftTab(found) },
    ].filter(Boolean), { label: "What was found" }));
}

function verdict(found) {
  const { tone, title: said, sentences } = found.verdict;
  const { unlabelled = 0, unknown_rows: unknown = 0 } = found.left_out ?? {};
  return panel(said, { class: `tone-${toneOf(tone)}` },
    h("ul", { class: "said" }, sentences.map((text) => h("li", {}, text))),
    (unlabelled > 0 || unknown > 0) && h("p", { class: "fine" }, `Left out: ${[unlabelled && `${plural(unlabelled, "row")} without ${found.target}`, unknown && `${plural(unknown, "row")} with a label that the model does not know`].filter(Boolean).join(", ")}.`),
    found.input_warnings?.length > 0 && h("details", { class: "fine" }, h("summary", {}, plural(found.input_warnings.length, "warning")), h("ul", { class: "plain-list" }, found.input_warnings.map(({ detail }) => h("li", {}, detail)))));
}
