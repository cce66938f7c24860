// The scores on the new rows with their intervals, beside what was promised at training and the baseline.

import { intervalBar, intervalCell, scaleOf } from "../../charts/interval.js";
import { panel } from "../../components/page.js";
import { table } from "../../components/table.js";
import { h } from "../../dom.js";
import { metricName, number, plural } from "../../format.js";
import { METRICS } from "../../vocabulary.js";
import { withError } from "../model/trust.js";

const CLEAR = 2; // standard errors beyond which a difference is more than chance

export function metricsPanel(found) {
  const promised = found.reported ?? {};
  const names = [found.metric, ...Object.keys(found.metrics).filter((name) => name !== found.metric)].filter((name) => found.metrics[name]);
  const isKnown = promised[found.metric]?.value !== undefined;
  const note = `95 % intervals of the score on all rows of this kind, from ${plural(found.rows, "row")}.${isKnown ? " The thin mark is what was promised at training." : ""}`;
  return panel("Scores", { note }, table(columns(found, promised), names, { label: "Scores" }).element);
}

const columns = (found, promised) => [
  {
    key: "metric", label: "Metric", class: "wrap metric-cell",
    cell: (name) => h("div", { class: "two-lines" }, h("span", {}, metricName(name), name === found.metric && h("span", { class: "fine" }, " (optimized)")), h("span", { class: "fine desk-only" }, METRICS[name]?.description)),
  },
  { key: "value", label: "On these rows", number: true, cell: (name) => h("div", { title: found.metrics[name].method }, intervalCell(found.metrics[name])) },
  {
    key: "bar", label: "", said: "Interval", class: "interval-cell desk-only",
    cell: (name) => {
      const beside = promised[name]?.value ?? null;
      return found.metrics[name].value === null ? "" : intervalBar(found.metrics[name], scaleOf([found.metrics[name]], [beside, found.baseline[name]?.value]), { beside, tone: toneOfZ(promised[name]?.z) });
    },
  },
  { key: "promised", label: "Promised", number: true, cell: (name) => promisedWords(promised[name]) },
  { key: "baseline", label: "Baseline", number: true, class: "desk-only", cell: (name) => number(found.baseline[name]?.value) },
];

function promisedWords(score) {
  if (score?.value === undefined || score.value === null) return "–";
  return h("div", { class: "two-lines end" }, h("span", {}, withError(score.value, score.standard_error)), score.z !== null && score.z !== undefined && h("span", { class: "fine" }, zWords(score.z)));
}

const toneOfZ = (z) => (z === null || z === undefined ? "calm" : z < -CLEAR ? "bad" : z > CLEAR ? "good" : "calm");

/** How the new score stands to the one that was promised. */
function zWords(z) {
  if (Math.abs(z) <= CLEAR) return "within chance";
  return z < 0 ? "worse, beyond chance" : "better, beyond chance";
}
