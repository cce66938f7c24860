// Performance on rows that the model was not trained on: metrics, curves, confusion matrix, threshold, errors.

import { panel } from "../../components/page.js";
import { table } from "../../components/table.js";
import { fill, h } from "../../dom.js";
import { integer, metricName, number, percent, plural } from "../../format.js";
import { plot } from "../../charts/plots.js";
import { METRICS } from "../../vocabulary.js";
import { decisionPanel } from "./decision.js";
import { performanceFigures } from "./figures.js";
import { withError } from "./trust.js";

/** @param page  {signal, onDecided}: what is told when a decision rule was saved */
export async function performanceTab(model, { evaluation }, page) {
  if (!evaluation?.rows) return h("p", { class: "panel-note" }, "This model was not evaluated.");
  const positive = model.classes?.at(-1) ?? model.target;
  return h("div", { class: "stack" },
    errorPanels(evaluation, positive, evaluation.thresholds && ((await decisionPanel(model, page)) ?? thresholdPanel(evaluation.thresholds, positive)), scoresPanel(evaluation)));
}

/** Curves, confusion matrix and worst errors of an evaluation, with further panels before and after the matrix. */
export function errorPanels(evaluation, positive, before = null, after = null) {
  return [
    h("div", { class: "figures" }, performanceFigures(evaluation, positive).map((each) => figure(each))),
    before,
    evaluation.confusion && confusionPanel(evaluation.confusion),
    after,
    evaluation.mistakes?.length > 0 && mistakesPanel(evaluation.mistakes),
    evaluation.residuals?.worst.length > 0 && worstPanel(evaluation.residuals.worst),
  ];
}

/** A panel with one plot. */
export function figure({ title, text, label, draw, wide }, options) {
  return panel(title, { note: text, class: wide ? "figure wide" : "figure" }, plot(label, draw, options));
}

function scoresPanel(evaluation) {
  const columns = [
    { key: "metric", label: "Metric", class: "wrap", cell: (each) => h("div", { class: "two-lines" }, h("span", {}, metricName(each.metric), each.goal && h("span", { class: "fine" }, " (optimized)")), h("span", { class: "fine" }, METRICS[each.metric]?.description)) },
    { key: "value", label: "This model", number: true, cell: (each) => withError(each.value, each.standard_error) },
    { key: "baseline", label: "Baseline", number: true, cell: (each) => number(each.baseline) },
  ];
  return panel("All metrics", { note: `Out-of-sample, on ${plural(evaluation.rows, "row")}; ± is one standard error. The score at the top of this page is stricter: there the ensemble weights were chosen on other rows, too.` }, table(columns, evaluation.scores, { label: "Metrics" }).element);
}

function confusionPanel({ classes, counts }) {
  const head = h("tr", {}, h("th", { scope: "col" }, "actual \\ predicted"), classes.map((name) => h("th", { scope: "col", title: name }, name)));
  const rows = counts.map((row, i) => {
    const total = row.reduce((a, b) => a + b, 0) || 1;
    return h("tr", {}, h("th", { scope: "row", title: classes[i] }, classes[i]), row.map((count, j) =>
      h("td", { class: i === j ? "right" : "wrong", style: { "--share": (count / total).toFixed(3) }, title: `${percent(count / total)} of actual ${classes[i]}` }, integer(count))));
  });
  return panel("Confusion matrix", { note: "Rows are the actual classes, columns the predicted ones." },
    h("div", { class: "grid-frame", tabindex: "0", role: "region", "aria-label": "Confusion matrix" }, h("table", { class: "confusion" }, h("thead", {}, head), h("tbody", {}, rows))));
}

function thresholdPanel(thresholds, positive) {
  const own = Math.max(0, thresholds.findIndex((each) => each.own));
  const out = h("div", { class: "threshold-out", role: "status" });
  const slider = h("input", { type: "range", class: "form-range", min: 0, max: thresholds.length - 1, value: own, "aria-label": "Threshold", oninput: show });
  const hundred = (share) => (share === null ? "–" : percent(share));
  function show() {
    const { threshold, called, precision, recall, own: isOwn } = thresholds[Number(slider.value)];
    slider.setAttribute("aria-valuetext", percent(threshold));
    fill(out,
      h("div", {}, h("b", {}, percent(threshold)), h("span", {}, isOwn ? "threshold (model default)" : "threshold")),
      h("div", {}, h("b", {}, hundred(called)), h("span", {}, "of rows predicted positive")),
      h("div", {}, h("b", {}, hundred(precision)), h("span", {}, "precision")),
      h("div", {}, h("b", {}, hundred(recall)), h("span", {}, "recall")));
  }
  show();
  return panel("Decision threshold", { note: `A row is predicted “${positive}” if its probability is at least the threshold. Move the slider to see the effect.` }, slider, out);
}

function mistakesPanel(mistakes) {
  const columns = [
    { key: "row", label: "Row", cell: (each) => integer(each.row + 1) },
    { key: "actual", label: "Actual", cell: (each) => each.actual },
    { key: "answered", label: "Predicted", cell: (each) => each.answered },
    { key: "probability", label: "Probability", number: true, cell: (each) => percent(each.probability) },
  ];
  return panel("Most confident errors", { note: "These rows are often mislabeled, or lack a column that would explain them." }, table(columns, mistakes, { label: "Most confident errors" }).element);
}

function worstPanel(worst) {
  const columns = [
    { key: "row", label: "Row", cell: (each) => integer(each.row + 1) },
    { key: "actual", label: "Actual", number: true, cell: (each) => number(each.actual) },
    { key: "predicted", label: "Predicted", number: true, cell: (each) => number(each.predicted) },
    { key: "error", label: "Error", number: true, cell: (each) => number(each.predicted - each.actual) },
  ];
  return panel("Largest errors", {}, table(columns, worst, { label: "Largest errors" }).element);
}
