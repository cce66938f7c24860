// Scores of several models on the same rows, and the differences of each two with their intervals.

import { badge } from "../../components/badge.js";
import { select } from "../../components/field.js";
import { intervalBar, intervalCell, scaleOf } from "../../charts/interval.js";
import { panel } from "../../components/page.js";
import { table } from "../../components/table.js";
import { fill, h } from "../../dom.js";
import { bytes, metricName, number, percent } from "../../format.js";
import { lowerIsBetter } from "../../words.js";

/** A choice of a metric that redraws: (metric) -> elements. */
function byMetric(found, label, draw) {
  const place = h("div", { class: "stack" });
  const names = Object.keys(found.models[0].metrics);
  const choice = select(names.map((name) => [name, metricName(name)]), { value: found.metric, "aria-label": label, onchange: (event) => fill(place, draw(event.target.value)) });
  fill(place, draw(found.metric));
  return [choice, place];
}

export function scoresPanel(found, names) {
  const [choice, place] = byMetric(found, "Metric of the scores", (metric) => {
    const scale = scaleOf(found.models.map(({ metrics }) => metrics[metric]).filter(Boolean));
    return table([
      { key: "model", label: "Model", class: "wrap wide-cell metric-cell", cell: ({ id }) => h("div", { class: "row-gap" }, h("a", { href: `/models/${id}` }, names.get(id)), metric === found.metric && mark(found.best, id)) },
      { key: "score", label: metricName(metric), number: true, sort: ({ metrics }) => metrics[metric]?.value, cell: ({ metrics }) => intervalCell(metrics[metric]) },
      { key: "bar", label: "", said: "Interval", class: "interval-cell desk-only", cell: ({ id, metrics }) => metrics[metric] && intervalBar(metrics[metric], scale, { tone: metric === found.metric && id === found.best?.id ? "good" : "calm" }) },
      { key: "one", label: "One row", number: true, class: "desk-only", sort: ({ latency }) => latency?.row_ms, cell: ({ latency }) => ms(latency?.row_ms) },
      { key: "many", label: "A row of 1,000", number: true, class: "desk-only", sort: ({ latency }) => latency?.batch_row_ms, cell: ({ latency }) => ms(latency?.batch_row_ms) },
      { key: "size", label: "Size", number: true, class: "desk-only", sort: ({ size_bytes: size }) => size, cell: ({ size_bytes: size }) => bytes(size) },
    ], found.models, { label: "Scores", keyOf: ({ id }) => id }).element;
  });
  return panel("Scores on the same rows", { note: `95 % intervals. ${lowerIsBetter(found.metric) ? "Lower is better." : ""} Intervals may overlap where a difference is clear: what is hard for all of the models cancels out of the differences below.`, aside: choice }, place);
}

const ms = (value) => (value === null || value === undefined ? "–" : `${number(value, 2)} ms`);

function mark(best, id) {
  if (best?.id === id) return badge("best", "good");
  return best?.as_good.includes(id) ? badge("as good", "calm") : null;
}

export function pairsPanel(found, names) {
  const [choice, place] = byMetric(found, "Metric of the differences", (metric) => {
    const scale = scaleOf(found.pairs.map(({ differences }) => differences[metric]), [0]);
    return table([
      { key: "pair", label: "Difference", class: "wrap wide-cell metric-cell", cell: ({ a, b }) => `${names.get(a)} − ${names.get(b)}` },
      { key: "value", label: metricName(metric), number: true, cell: ({ differences }) => intervalCell(differences[metric]) },
      { key: "bar", label: "", said: "Interval", class: "interval-cell desk-only", cell: ({ differences }) => intervalBar(differences[metric], scale, { beside: 0 }) },
      { key: "p", label: "p, adjusted", number: true, class: "desk-only", cell: ({ differences }) => number(differences[metric].p_adjusted, 2) },
      { key: "agree", label: "Agree", number: true, class: "desk-only", cell: ({ agreement }) => agreed(agreement) },
      { key: "better", label: "Better", cell: ({ differences }) => (differences[metric].better ? badge(names.get(differences[metric].better), "good") : h("span", { class: "fine" }, "within chance")) },
    ], found.pairs, { label: "Differences", keyOf: ({ a, b }) => `${a} ${b}` }).element;
  });
  return panel("Differences", { note: "Of each two models, with 95 % intervals; the thin mark is no difference.", aside: choice }, place);
}

function agreed(agreement) {
  const share = typeof agreement === "number" ? agreement : agreement?.share;
  return typeof share === "number" ? percent(share) : number(agreement?.correlation, 3);
}
