// Two models side by side, and whether their difference is more than chance.

import { badge } from "../components/badge.js";
import { linkButton } from "../components/button.js";
import { emptyState } from "../components/empty.js";
import { select } from "../components/field.js";
import { notice } from "../components/notice.js";
import { pageHead, panel } from "../components/page.js";
import { fill, h } from "../dom.js";
import { ago, bytes, integer, metricName, number, percent, taskName } from "../format.js";
import { get, getAll } from "../http.js";
import { datasetNames } from "../names.js";
import { familyName, lowerIsBetter, toneOf } from "../words.js";
import { headline, withError } from "./model/trust.js";

export const title = "Compare models";

const MOST = 200;
const CLEAR = 2; // standard errors of the difference within which it may be chance

export default async function view({ query, signal, navigate }) {
  const models = await getAll("/models?brief=true", { most: MOST, signal });
  if (models.length < 2) return emptyState("model", "Comparing needs two models", "Train again with other columns, another metric or more time, then compare the results.", linkButton("Models", "/models", { kind: "primary" }));
  const names = await datasetNames(models.filter((model) => model.dataset_id).map((model) => model.dataset_id));
  const byId = new Map(models.map((model) => [model.id, model]));
  const whole = (id) => get(`/models/${encodeURIComponent(id)}`, { signal });
  const a = await whole(query.get("a") ?? models[0].id);
  const rival = models.find((model) => model.id !== a.id && model.target === a.target) ?? models.find((model) => model.id !== a.id);
  const b = await whole(query.get("b") ?? rival.id);
  for (const model of [a, b]) byId.set(model.id, model);
  const evaluations = await Promise.all([a, b].map((model) => (model.origin === "uploaded" ? {} : get(`/models/${model.id}/evaluation`, { signal }).catch(() => ({})))));

  const choose = (which, chosen) => select([...byId.values()].map((model) => [model.id, nameOf(model, names)]), {
    value: chosen.id, "aria-label": `${which === "a" ? "First" : "Second"} model`,
    onchange: (event) => navigate(`/compare?a=${which === "a" ? event.target.value : a.id}&b=${which === "b" ? event.target.value : b.id}`, { replace: true }),
  });
  return h("div", { class: "stack" },
    pageHead("Compare models", { back: ["/models", "Models"] }),
    verdict(a, b),
    h("div", { class: "grid-frame compare-frame", tabindex: "0", role: "region", "aria-label": "The two models" },
      h("table", { class: "compare" },
        h("thead", {}, h("tr", {}, h("td", {}), h("th", { scope: "col" }, choose("a", a)), h("th", { scope: "col" }, choose("b", b)))),
        h("tbody", {}, rows(a, b, evaluations, names).map(row)))),
    importance(a, b));
}

const nameOf = (model, names) => (model.origin === "uploaded" ? `${model.target}, uploaded as ${model.name}, ${ago(model.created_at)}` : `${model.target}, ${names.get(model.dataset_id) ?? "dataset"}, ${metricName(model.metric)} ${number(headline(model).mean)}, ${ago(model.created_at)}`);

const row = ([name, left, right, better]) => h("tr", {}, h("th", { scope: "row" }, name), h("td", { class: better === "a" && "better" }, left), h("td", { class: better === "b" && "better" }, right));

/** Which is better, as far as that can be said. */
function verdict(a, b) {
  if (a.id === b.id) return notice("info", "Both sides show the same model.", "Choose a different model on one side.");
  if (a.target !== b.target || a.task !== b.task) return notice("warn", "The models predict different targets.", "Their scores cannot be compared.");
  const metric = a.metric;
  const [first, second] = [a, b].map((model) => model.scores.reported[metric]);
  if (a.metric !== b.metric || !first || !second) return notice("info", "The models were optimized for different metrics.", "Compare the metrics below that both have.");
  const margin = (first.mean - second.mean) * (lowerIsBetter(metric) ? -1 : 1);
  const chance = CLEAR * Math.hypot(first.standard_error ?? 0, second.standard_error ?? 0);
  const other = a.dataset_id !== b.dataset_id ? " Note that they were measured on different datasets." : "";
  if (Math.abs(margin) <= chance) return notice("info", "No clear winner.", `Their ${metricName(metric)} differs by ${number(Math.abs(margin), 2)}, which is within chance. Prefer the faster or simpler one.${other}`);
  return notice("good", `The ${margin > 0 ? "first" : "second"} is better.`, `Its ${metricName(metric)} is better by ${number(Math.abs(margin), 2)}, which is beyond chance.${other}`);
}

function rows(a, b, [evaluationA, evaluationB], names) {
  const both = (of) => [of(a), of(b)];
  const ms = (model) => model.leaderboard.filter(({ weight }) => weight > 0).reduce((sum, entry) => sum + (entry.predict_ms_per_row ?? 0), 0);
  const made = (model) => [...new Set(model.leaderboard.filter(({ weight }) => weight > 0).map(({ name }) => familyName(name.replace(/-\d+$/, ""))))].join(", ");
  const scores = ({ evaluation }) => new Map((evaluation?.scores ?? []).map((each) => [each.metric, each]));
  const [scoresA, scoresB] = [scores(evaluationA), scores(evaluationB)];
  const alike = a.target === b.target && a.task === b.task;
  // The score that both were searched for is above, measured more strictly.
  const common = alike ? [...scoresA.keys()].filter((metric) => scoresB.has(metric) && !(metric === a.metric && metric === b.metric)) : [];
  return [
    ["Verdict", ...both((model) => (model.verdict ? badge(model.verdict.title, toneOf(model.verdict.tone)) : "–"))],
    ["Target", ...both((model) => `${model.target} (${taskName(model.task).toLowerCase()})`)],
    ["Dataset", ...both((model) => names.get(model.dataset_id) ?? "–")],
    ["Optimized for", ...both((model) => `${metricName(model.metric)} ${withError(headline(model).mean, headline(model).error)}`)],
    ...common.map((metric) => {
      const [x, y] = [scoresA.get(metric), scoresB.get(metric)];
      const margin = (x.value - y.value) * (x.greater_is_better ? 1 : -1);
      const clear = Math.abs(margin) > CLEAR * Math.hypot(x.standard_error ?? 0, y.standard_error ?? 0);
      return [metricName(metric), withError(x.value, x.standard_error), withError(y.value, y.standard_error), clear ? (margin > 0 ? "a" : "b") : null];
    }),
    ["Columns used", ...both((model) => integer(model.features.length))],
    ["Ensemble", ...both(made)],
    ["Prediction time per row", ...both((model) => `${number(ms(model), 2)} ms`)],
    ["Size", ...both((model) => bytes(model.size_bytes))],
    ["Training rows", ...[evaluationA, evaluationB].map(({ about }) => integer(about?.rows))],
    ["", ...both((model) => linkButton("Open", `/models/${model.id}`, { class: "btn-small" }))],
  ];
}

function importance(a, b) {
  if (a.id === b.id) return null;
  const share = (model) => {
    const total = model.importance.reduce((sum, each) => sum + Math.max(0, each.importance), 0) || 1;
    return new Map(model.importance.map((each) => [each.feature, Math.max(0, each.importance) / total]));
  };
  const [x, y] = [share(a), share(b)];
  const features = [...new Set([...x.keys(), ...y.keys()])].sort((p, q) => Math.max(x.get(q) ?? 0, y.get(q) ?? 0) - Math.max(x.get(p) ?? 0, y.get(p) ?? 0)).slice(0, 12);
  const top = Math.max(...features.flatMap((name) => [x.get(name) ?? 0, y.get(name) ?? 0])) || 1;
  const bar = (value, side) => h("span", { class: `pair-bar ${side}` }, h("span", { class: "bars-bar", style: { "--share": (value ?? 0) / top } }), h("span", {}, value === undefined ? "not used" : percent(value)));
  const list = h("ul", { class: "pairs" });
  fill(list, features.map((name) => h("li", {}, h("span", { class: "bars-label", title: name }, name), bar(x.get(name), "a"), bar(y.get(name), "b"))));
  return panel("Feature importance", { note: "Each column's share of the total importance; the first model above, the second below." }, list);
}
