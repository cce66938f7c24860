// How it answered rows that it had not seen: all scores, plots, who was taken for whom, where to draw the line.

import { panel } from "../../components/page.js";
import { table } from "../../components/table.js";
import { fill, h } from "../../dom.js";
import { METRICS, integer, metricName, number, percent } from "../../format.js";
import { plot } from "../../plots.js";
import { answerFigures } from "./figures.js";
import { withError } from "./trust.js";

export function answersTab(model, told) {
  const { evaluation } = told;
  if (!evaluation?.rows) return h("p", { class: "panel-note" }, "Nothing was measured of this model's answers.");
  const positive = model.classes?.at(-1) ?? model.target;
  return h("div", { class: "stack" },
    h("div", { class: "figures" }, answerFigures(evaluation, positive).map(figure)),
    evaluation.thresholds && thresholdPanel(evaluation.thresholds, positive),
    evaluation.confusion && confusionPanel(evaluation.confusion),
    scoresPanel(evaluation),
    evaluation.mistakes?.length > 0 && mistakesPanel(evaluation.mistakes),
    evaluation.residuals?.worst.length > 0 && worstPanel(evaluation.residuals.worst));
}

/** A panel with one plot. */
export function figure({ title, text, label, draw, wide }, options) {
  return panel(title, { note: text, class: wide ? "figure wide" : "figure" }, plot(label, draw, options));
}

function scoresPanel(evaluation) {
  const columns = [
    { key: "metric", label: "Score", class: "wrap", cell: (each) => h("div", { class: "two-lines" }, h("span", {}, metricName(each.metric), each.goal && h("span", { class: "fine" }, " (what was searched for)")), h("span", { class: "fine" }, METRICS[each.metric]?.words)) },
    { key: "value", label: "This model", number: true, cell: (each) => withError(each.value, each.standard_error) },
    { key: "baseline", label: "Guessing the same", number: true, cell: (each) => number(each.baseline) },
  ];
  return panel("All scores", { note: `On ${integer(evaluation.rows)} rows that the models had not seen; ± is one standard error. The score at the top of this page was measured more strictly: the weights of the models were chosen on other rows, too.` }, table(columns, evaluation.scores, { label: "Scores" }).element);
}

function confusionPanel({ classes, counts }) {
  const head = h("tr", {}, h("th", { scope: "col" }, "was \\ called"), classes.map((name) => h("th", { scope: "col", title: name }, name)));
  const rows = counts.map((row, i) => {
    const total = row.reduce((a, b) => a + b, 0) || 1;
    return h("tr", {}, h("th", { scope: "row", title: classes[i] }, classes[i]), row.map((count, j) =>
      h("td", { class: i === j ? "right" : "wrong", style: { "--share": (count / total).toFixed(3) }, title: `${percent(count / total)} of those that are ${classes[i]}` }, integer(count))));
  });
  return panel("Who was taken for whom", { note: "Each row is what was true, each column what the model said." },
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
      h("div", {}, h("b", {}, percent(threshold)), h("span", {}, isOwn ? "threshold, the model's own" : "threshold")),
      h("div", {}, h("b", {}, hundred(called)), h("span", {}, "of all rows are called so")),
      h("div", {}, h("b", {}, hundred(precision)), h("span", {}, "of those are right")),
      h("div", {}, h("b", {}, hundred(recall)), h("span", {}, "of all that are get found")));
  }
  show();
  return panel("Where to draw the line", { note: `A row is called “${positive}” from a certain probability on. Move it, and see what follows.` }, slider, out);
}

function mistakesPanel(mistakes) {
  const columns = [
    { key: "row", label: "Row", cell: (each) => integer(each.row + 1) },
    { key: "actual", label: "Was", cell: (each) => each.actual },
    { key: "answered", label: "Called", cell: (each) => each.answered },
    { key: "probability", label: "Sure of it", number: true, cell: (each) => percent(each.probability) },
  ];
  return panel("Surest mistakes", { note: "Often these rows are mislabelled, or something is missing that would tell." }, table(columns, mistakes, { label: "Surest mistakes" }).element);
}

function worstPanel(worst) {
  const columns = [
    { key: "row", label: "Row", cell: (each) => integer(each.row + 1) },
    { key: "actual", label: "Was", number: true, cell: (each) => number(each.actual) },
    { key: "predicted", label: "Predicted", number: true, cell: (each) => number(each.predicted) },
    { key: "error", label: "Off by", number: true, cell: (each) => number(each.predicted - each.actual) },
  ];
  return panel("Largest errors", {}, table(columns, worst, { label: "Largest errors" }).element);
}
