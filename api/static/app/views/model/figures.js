// The figures of a model's evaluation: each {title, text, label, draw}, as far as there is something to be seen.

import { metricName, number, percent, plural } from "../../format.js";
import { plain } from "../../charts/plots.js";
import { familyName, lowerIsBetter } from "../../words.js";

/** Those of its performance on rows that it was not trained on. */
export function performanceFigures(evaluation, positive) {
  const { roc = [], precision_recall: curves = [], calibration, histogram, residuals } = evaluation;
  return [
    roc.some(({ points }) => points.length) && rocFigure(roc.filter(({ points }) => points.length)),
    curves.some(({ points }) => points.length) && recallFigure(curves.filter(({ points }) => points.length)),
    calibration && calibrationFigure(calibration, positive),
    histogram && histogramFigure(histogram, positive),
    residuals && actualFigure(residuals),
    residuals && errorFigure(residuals),
  ].filter(Boolean);
}

const SHARE = { range: [-0.02, 1.02], tickformat: ".0%", zeroline: false };
const guide = (x, y, { quiet }) => ({ x, y, mode: "lines", line: { color: quiet, dash: "dot", width: 1 }, hoverinfo: "skip", showlegend: false });
const line = ({ series }, i) => ({ width: 2, color: series[i % series.length] });
const at = (points, index) => points.map((point) => point[index]);

function rocFigure(curves) {
  return {
    title: "ROC curve",
    text: "True against false positive rate as the threshold falls. The closer to the upper left corner, the better; the dotted line is random guessing.",
    label: `ROC curve. ${curves.map((curve) => `${curve.class}: area ${number(curve.auc, 3)}`).join(", ")}`,
    draw: (colours) => ({
      data: [guide([0, 1], [0, 1], colours), ...curves.map((curve, i) => ({
        x: at(curve.points, 0), y: at(curve.points, 1), mode: "lines", name: `${plain(curve.class, 24)} (AUC ${number(curve.auc, 3)})`, line: line(colours, i),
        hovertemplate: "true positive rate %{y:.0%}, false positive rate %{x:.0%}<extra></extra>",
      }))],
      layout: { showlegend: true, xaxis: { ...SHARE, title: { text: "false positive rate" } }, yaxis: { ...SHARE, title: { text: "true positive rate" } } },
    }),
  };
}

function recallFigure(curves) {
  return {
    title: "Precision-recall",
    text: "Precision against recall as the threshold falls. The closer to the upper right corner, the better; the dotted line is random guessing.",
    label: `Precision-recall curve. ${curves.map((curve) => `${curve.class}: average precision ${number(curve.average_precision, 3)}`).join(", ")}`,
    draw: (colours) => ({
      data: [curves.length === 1 ? guide([0, 1], [curves[0].prevalence, curves[0].prevalence], colours) : null, ...curves.map((curve, i) => ({
        x: at(curve.points, 0), y: at(curve.points, 1), mode: "lines", name: `${plain(curve.class, 24)} (${number(curve.average_precision, 3)})`, line: line(colours, i),
        hovertemplate: "precision %{y:.0%}, recall %{x:.0%}<extra></extra>",
      }))].filter(Boolean),
      layout: { showlegend: true, xaxis: { ...SHARE, title: { text: "recall" } }, yaxis: { ...SHARE, title: { text: "precision" } } },
    }),
  };
}

const probabilityOf = (found, positive) => (found.of === "positive" ? `probability of ${plain(positive, 24)}` : "probability of the predicted class");

function calibrationFigure(found, positive) {
  const { bins } = found;
  return {
    title: "Calibration",
    text: "On the dotted line, predictions of 80 % come true in 80 % of cases. The bars are 95 % intervals.",
    label: `Calibration: probabilities are off by ${percent(found.error, 1)} on average.`,
    draw: (colours) => ({
      data: [guide([0, 1], [0, 1], colours), {
        x: bins.map((bin) => bin.predicted), y: bins.map((bin) => bin.observed), mode: "lines+markers", line: line(colours, 0), marker: { size: 7, color: colours.series[0] },
        error_y: { type: "data", symmetric: false, array: bins.map((bin) => bin.high - bin.observed), arrayminus: bins.map((bin) => bin.observed - bin.low), thickness: 1, width: 3, color: colours.quiet },
        text: bins.map((bin) => plural(bin.rows, "row")), hovertemplate: "predicted %{x:.0%}, observed %{y:.0%} (%{text})<extra></extra>",
      }],
      layout: { xaxis: { ...SHARE, title: { text: probabilityOf(found, positive) } }, yaxis: { ...SHARE, title: { text: "observed frequency" } } },
    }),
  };
}

function histogramFigure(found, positive) {
  const middle = found.edges.slice(1).map((edge, i) => (edge + found.edges[i]) / 2);
  return {
    title: "Predicted probabilities",
    text: "The distribution of predicted probabilities. The less the colors overlap, the better the classes are separated.",
    label: `Histogram of probabilities by ${found.series.map(({ name }) => name).join(" and ")}.`,
    draw: () => ({
      data: found.series.map(({ name, counts }) => {
        const total = counts.reduce((a, b) => a + b, 0) || 1;
        return { type: "bar", x: middle, y: counts.map((count) => count / total), name: `${plain(name, 24)} (${plural(total, "row")})`, text: counts.map((count) => plural(count, "row")), textposition: "none", hovertemplate: "around %{x:.0%}: %{text}<extra></extra>" };
      }),
      layout: { showlegend: true, bargap: 0.05, bargroupgap: 0, xaxis: { ...SHARE, title: { text: probabilityOf(found, positive) } }, yaxis: { tickformat: ".0%", title: { text: "share of the rows" } } },
    }),
  };
}

function actualFigure({ points, bands }) {
  const values = points.flat();
  const ends = [Math.min(...values), Math.max(...values)];
  return {
    title: "Predicted vs. actual",
    text: "On the dotted line predictions are exact. 80 % of the actual values lie within the band.",
    label: "Actual against predicted values.",
    draw: (colours) => ({
      data: [
        ...(bands.length > 1 ? [
          { x: bands.map((b) => b.predicted), y: bands.map((b) => b.high), mode: "lines", line: { width: 0 }, hoverinfo: "skip", showlegend: false },
          { x: bands.map((b) => b.predicted), y: bands.map((b) => b.low), mode: "lines", line: { width: 0 }, fill: "tonexty", opacity: 0.3, fillcolor: `${colours.series[0]}2e`, name: "80 % band", hoverinfo: "skip" },
        ] : []),
        guide(ends, ends, colours),
        { x: at(points, 0), y: at(points, 1), mode: "markers", marker: { size: 5, opacity: 0.6, color: colours.series[0] }, name: "rows", hovertemplate: "predicted %{x:.4~g}, actual %{y:.4~g}<extra></extra>" },
      ],
      layout: { xaxis: { title: { text: "predicted" } }, yaxis: { title: { text: "actual" } } },
    }),
  };
}

function errorFigure({ histogram: { edges, counts } }) {
  const middle = counts.map((_, i) => (edges[i] + edges[i + 1]) / 2);
  return {
    title: "Errors",
    text: "Errors above zero are predictions that were too high, below zero too low.",
    label: "Histogram of the errors, predicted minus actual.",
    draw: () => ({
      data: [{ type: "bar", x: middle, y: counts, text: counts.map((count) => plural(count, "row")), textposition: "none", hovertemplate: "error about %{x:.3~g}: %{text}<extra></extra>" }],
      layout: { bargap: 0.06, xaxis: { title: { text: "predicted − actual" } }, yaxis: { title: { text: "rows" } } },
    }),
  };
}

/** Partial dependence on one column. */
export function dependenceFigure(found, answer) {
  const isLine = found.kind === "number" || found.kind === "date";
  const labels = isLine ? found.values : found.values.map((value) => plain(value, 24));
  return {
    title: found.feature,
    label: `Partial dependence on ${found.feature}.`,
    draw: (colours) => ({
      data: found.series.map((series, i) => ({
        x: labels, y: series.means, name: plain(series.name, 24),
        ...(isLine ? { mode: "lines+markers", line: { width: 2 }, marker: { size: 5 } } : { type: "bar", marker: { color: colours.series[i % 8] } }),
        text: found.shares?.map((share) => `${percent(share)} of the rows`) ?? [], textposition: isLine ? undefined : "none",
        hovertemplate: found.shares ? "%{x}: %{y:.4~g} (%{text})<extra></extra>" : "%{x}: %{y:.4~g}<extra></extra>",
      })),
      layout: { showlegend: found.series.length > 1, bargap: 0.35, xaxis: { title: { text: plain(found.feature) }, type: isLine ? undefined : "category" }, yaxis: { title: { text: plain(answer, 30) } } },
    }),
  };
}

/** Whether more rows would help. */
export function learningFigure(learning, metric) {
  const points = learning.filter(({ score }) => score !== null);
  return points.length < 2 ? null : {
    title: "Learning curve",
    label: "Score by the number of training rows.",
    draw: () => ({
      data: [{ x: points.map(({ rows }) => rows), y: points.map(({ score }) => score), mode: "lines+markers", line: { width: 2 }, marker: { size: 7 }, hovertemplate: "%{x:,} rows: %{y:.4~g}<extra></extra>" }],
      layout: { xaxis: { title: { text: "training rows" }, rangemode: "tozero" }, yaxis: { title: { text: metricName(metric) } } },
    }),
  };
}

/** The search: each trial's score, and the best so far. */
export function searchFigure(trials, metric) {
  const scored = trials.filter((trial) => trial.state === "complete" && trial.score !== null && trial.model !== "constant");
  if (scored.length < 2) return null;
  const better = lowerIsBetter(metric) ? Math.min : Math.max;
  let best = scored[0].score;
  const course = scored.map((trial) => (best = better(best, trial.score)));
  const families = [...new Set(scored.map((trial) => trial.model))];
  return {
    title: "Search",
    label: `Scores of ${plural(scored.length, "trial")}; the best is ${number(best)}.`,
    draw: (colours) => ({
      data: [
        ...families.map((family) => {
          const own = scored.filter((trial) => trial.model === family);
          return { x: own.map((t) => t.number), y: own.map((t) => t.score), mode: "markers", name: familyName(family), marker: { size: 6, opacity: 0.8 }, hovertemplate: `trial %{x}: %{y:.5~g}<extra>${familyName(family)}</extra>` };
        }),
        { x: scored.map((t) => t.number), y: course, mode: "lines", name: "best so far", line: { shape: "hv", width: 2, color: colours.ink }, hoverinfo: "skip" },
      ],
      layout: { showlegend: true, xaxis: { title: { text: "trial" } }, yaxis: { title: { text: metricName(metric) } } },
    }),
  };
}
