// What is told of each model in the table of comparison: {name, cells, better, differs}.

import { badge } from "../../components/badge.js";
import { linkButton } from "../../components/button.js";
import { ago, bytes, dateTime, integer, metricName, number, taskName } from "../../format.js";
import { lowerIsBetter, memberName, toneOf } from "../../words.js";
import { withError } from "../model/trust.js";

const CLEAR = 2; // standard errors of the difference within which it may be chance

const differ = (values) => values.some((value) => JSON.stringify(value) !== JSON.stringify(values[0]));

/** A row of values, shown by `show`. */
const rowOf = (name, values, show = (value) => value ?? "–") => ({ name, cells: values.map(show), differs: differ(values) });

/** The scores of all, and which is better than each other one by more than chance; -1 for none. */
export function clearBest(metric, scores) {
  const sign = lowerIsBetter(metric) ? -1 : 1;
  const beats = (a, b) => a && b && sign * (a.value - b.value) > CLEAR * Math.hypot(a.standard_error ?? 0, b.standard_error ?? 0);
  return scores.findIndex((one, index) => scores.every((other, place) => place === index || beats(one, other)));
}

/** Rows of our own, above those of the API: the verdict, and scores with their errors. */
export function scoreRows(models, evaluations) {
  const found = evaluations.map(({ evaluation }) => new Map((evaluation?.scores ?? []).map((each) => [each.metric, each])));
  const alike = models.every(({ target, task }) => target === models[0].target && task === models[0].task);
  const common = alike ? [...found[0].keys()].filter((metric) => found.every((of) => of.has(metric))) : [];
  return [
    rowOf("Verdict", models.map(({ verdict }) => verdict ?? null), (verdict) => (verdict ? badge(verdict.title, toneOf(verdict.tone)) : "–")),
    { name: "Optimized for", differs: true, cells: models.map((model) => {
      const score = model.scores.reported[model.metric];
      return score ? `${metricName(model.metric)} ${withError(score.mean, score.standard_error)}` : "–";
    }) },
    ...common.map((metric) => {
      const scores = found.map((of) => of.get(metric));
      return { name: metricName(metric), cells: scores.map((each) => withError(each.value, each.standard_error)), better: clearBest(metric, scores), differs: differ(scores.map(({ value }) => value)) };
    }),
    { name: "", differs: true, cells: models.map(({ id }) => linkButton("Open", `/models/${id}`, { class: "btn-small" })) },
  ];
}

const SHOW = {
  created_at: (at) => (at ? `${ago(at)} (${dateTime(at)})` : "–"),
  metric: (metric) => (metric ? metricName(metric) : "–"),
  task: (task) => (task ? taskName(task) : "–"),
  size_bytes: bytes,
  sha256: (digest) => (digest ? digest.slice(0, 12) : "–"),
};
const NAMES = { created_at: "created", size_bytes: "size", sha256: "SHA-256", max_predict_ms: "max. prediction time per row, ms", time_budget_s: "time budget, s", id: "ID" };

/** A value of any kind in words. */
function valueWords(value) {
  if (value === null || value === undefined) return "–";
  if (typeof value === "number") return Number.isInteger(value) ? integer(value) : number(value);
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value)) return value.map(valueWords).join(", ") || "none";
  if (typeof value === "object") return Object.entries(value).map(([name, each]) => `${name}: ${valueWords(each)}`).join(", ") || "none";
  return String(value);
}

/** The rows of a section of the API's answer. */
export const sectionRows = ({ name: section, rows }) => rows.map(({ name, values, differs }) => ({
  name: section === "importance" ? name : section === "parameters" ? parameterName(name) : capitalized(NAMES[name] ?? name.replaceAll("_", " ")),
  cells: values.map(SHOW[name] ?? valueWords),
  differs,
}));

const capitalized = (text) => text.slice(0, 1).toUpperCase() + text.slice(1);

function parameterName(name) {
  const [family, ...rest] = name.split(": ");
  return `${memberName(family)}: ${rest.join(": ").replaceAll("_", " ")}`;
}
