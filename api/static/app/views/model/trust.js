// The verdict on a model: in words, between baseline and perfect score, and how far to trust it.

import { badge } from "../../components/badge.js";
import { scoreMeter } from "../../charts/charts.js";
import { h } from "../../dom.js";
import { metricName, number, percent } from "../../format.js";
import { icon } from "../../icons.js";
import { METRICS } from "../../vocabulary.js";
import { perfect, toneOf } from "../../words.js";

const MARKS = { good: "check", fair: "info", poor: "alert" };

/** {mean, error, baseline} of the metric that was optimised. */
export function headline(model) {
  const { mean = null, standard_error: error = null, method } = model.scores.reported[model.metric] ?? {};
  return { mean, error, method, baseline: model.scores.baseline[model.metric]?.mean ?? null };
}

/** "0.871 ± 0.012": as many decimals as the error says are worth telling. */
export function withError(value, error, unit = 1) {
  if (value === null || value === undefined) return "–";
  if (!error) return number(value * unit);
  const decimals = Math.min(Math.max(0, 1 - Math.floor(Math.log10(error * unit))), 8);
  const shown = (part) => (part * unit).toLocaleString("en", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
  return `${shown(value)} ± ${shown(error)}`;
}

/** "AUC 0.871 ± 0.012"; that there is no score, of a model that was uploaded. */
export function scoreWords(model) {
  const { mean, error } = headline(model);
  return mean === null ? "not scored" : `${metricName(model.metric)} ${withError(mean, error)}`;
}

export function verdictPanel(model) {
  const { mean, error, baseline } = headline(model);
  const verdict = model.verdict ?? { tone: "fair", title: "A model", sentences: [] };
  const tone = toneOf(verdict.tone);
  return h("section", { class: "panel verdict" },
    h("div", { class: "verdict-words" },
      h("h2", { class: "verdict-title" }, verdict.title, " ", verdict.skill !== null && verdict.skill !== undefined && badge(`${percent(Math.max(0, verdict.skill))} from baseline to perfect`, tone)),
      verdict.sentences.slice(0, 1).map((text) => h("p", { class: "verdict-sentence" }, text))),
    model.metric && h("div", { class: "verdict-score" },
      h("p", { class: "big-number" }, withError(mean, error)),
      h("p", { class: "fine" }, h("b", {}, metricName(model.metric)), METRICS[model.metric] && `: ${METRICS[model.metric].description}`),
      scoreMeter({ score: mean, error, baseline, best: perfect(model.metric), tone })));
}

/** The points for and against trusting the scores, the gravest first. */
export function trustList(model) {
  const notes = model.trust ?? model.warnings.map((text) => ({ tone: "fair", text }));
  if (!notes.length) return h("p", { class: "panel-note" }, "No problems found.");
  return h("ul", { class: "trust" }, notes.map(({ tone, text }) =>
    h("li", { class: `trust-note ${toneOf(tone)}` }, icon(MARKS[tone] ?? "info"), h("span", { class: "visually-hidden" }, tone === "good" ? "In its favor: " : "Caution: "), h("span", {}, text))));
}
