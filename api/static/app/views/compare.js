// Up to ten models side by side: what is the same, what differs, and whether a better score is more than chance.

import { button, linkButton } from "../components/button.js";
import { emptyState } from "../components/empty.js";
import { field, select } from "../components/field.js";
import { notice } from "../components/notice.js";
import { pageHead } from "../components/page.js";
import { fill, h } from "../dom.js";
import { ago, metricName, number } from "../format.js";
import { get, getAll } from "../server/http.js";
import { datasetNames } from "../server/names.js";
import { lowerIsBetter } from "../words.js";
import { clearBest, scoreRows, sectionRows } from "./compare/rows.js";
import { askComparison } from "./comparison/ask.js";
import { headline } from "./model/trust.js";

export const title = "Compare models";

const MOST_LISTED = 200;
const MOST = 10;
const SECTIONS = { model: "Model", job: "Training", data: "Data", parameters: "Parameters", importance: "Feature importance" };
const ORDINALS = ["First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth", "Ninth", "Tenth"];

export default async function view({ query, signal, navigate }) {
  const listed = await getAll("/models?brief=true", { most: MOST_LISTED, signal });
  if (listed.length < 2) return emptyState("model", "Comparing needs two models", "Train again with other columns, another metric or more time, then compare the results.", linkButton("Models", "/models", { kind: "primary" }));
  const ids = chosenIds(query, listed);
  const path = (chosen) => `/compare?${chosen.map((id) => `model=${encodeURIComponent(id)}`).join("&")}`;
  const whole = (id) => get(`/models/${encodeURIComponent(id)}`, { signal });
  const unique = [...new Set(ids)];
  const [fetched, beside, names] = await Promise.all([
    Promise.all(unique.map(whole)),
    unique.length > 1 ? get(path(unique), { signal }) : { sections: [] },
    datasetNames(listed.filter((model) => model.dataset_id).map((model) => model.dataset_id)),
  ]);
  const byId = new Map([...listed, ...fetched].map((model) => [model.id, model]));
  const models = ids.map((id) => byId.get(id));
  const evaluations = await Promise.all(models.map((model) => (model.origin === "uploaded" ? {} : get(`/models/${model.id}/evaluation`, { signal }).catch(() => ({})))));
  const go = (next) => navigate(path(next), { replace: true });
  const onlyDifferences = field("Only differences", { type: "checkbox" });
  const groups = [["Scores", scoreRows(models, evaluations)], ...(unique.length === ids.length ? beside.sections : []).filter(({ name }) => SECTIONS[name]).map((section) => [SECTIONS[section.name], sectionRows(section)])];
  const bodies = groups.map(([name, rows]) => [h("tbody", {}), name, rows]);
  const draw = () => {
    for (const [body, name, rows] of bodies) {
      const shown = rows.filter(({ differs }) => differs || !onlyDifferences.value());
      body.hidden = shown.length === 0;
      fill(body, h("tr", { class: "compare-group" }, h("th", { scope: "colgroup", colspan: models.length + 1 }, name)), shown.map(row));
    }
  };
  onlyDifferences.input.addEventListener("change", draw);
  draw();
  const unused = listed.find(({ id, target }) => !ids.includes(id) && target === models[0].target) ?? listed.find(({ id }) => !ids.includes(id));
  const alike = unique.length > 1 && models.every(({ target }) => target === models[0].target);
  return h("div", { class: "stack" },
    pageHead("Compare models", { back: ["/models", "Models"], actions: [
      alike && button("Measure on the same rows", { kind: "primary", icon: "target", run: () => askComparison([...unique].map((id) => byId.get(id)), { signal, navigate }) }),
      unused && ids.length < MOST && button("Add a model", { icon: "plus", run: () => go([...ids, unused.id]) }),
    ] }),
    verdict(models),
    h("div", {}, onlyDifferences.element),
    h("div", { class: "grid-frame compare-frame", tabindex: "0", role: "region", "aria-label": "The models" },
      h("table", { class: "compare", style: { "--columns": models.length } }, h("thead", {}, headRow(models, byId, names, ids, go)), bodies.map(([body]) => body))));
}

/** Those in the address, else the newest and a rival of it. */
function chosenIds(query, listed) {
  const given = query.getAll("model").concat([query.get("a"), query.get("b")].filter(Boolean)).slice(0, MOST);
  if (given.length > 1) return given;
  const first = given[0] ?? listed[0].id;
  const target = listed.find(({ id }) => id === first)?.target;
  const rival = listed.find((model) => model.id !== first && model.target === target) ?? listed.find((model) => model.id !== first);
  return [first, rival.id];
}

function headRow(models, byId, names, ids, go) {
  const choices = [...byId.values()].map((model) => [model.id, nameOf(model, names)]);
  return h("tr", {}, h("td", {}), models.map((model, index) => h("th", { scope: "col" }, h("div", { class: "compare-choice" },
    select(choices, { value: model.id, "aria-label": `${ORDINALS[index]} model`, onchange: (event) => go(ids.with(index, event.target.value)) }),
    models.length > 2 && button(`Leave out the ${ORDINALS[index].toLowerCase()} model`, { kind: "quiet", icon: "close", only: true, run: () => go(ids.toSpliced(index, 1)) })))));
}

function nameOf(model, names) {
  const own = model.origin !== "uploaded" && model.name ? `${model.name}, ` : "";
  return model.origin === "uploaded" ? `${model.target}, uploaded as ${model.name}, ${ago(model.created_at)}` : `${own}${model.target}, ${names.get(model.dataset_id) ?? "dataset"}, ${metricName(model.metric)} ${number(headline(model).mean)}, ${ago(model.created_at)}`;
}

const row = ({ name, cells, better }) => h("tr", {}, h("th", { scope: "row" }, name), cells.map((cell, index) => h("td", { class: better === index && "better" }, cell)));

/** Which is better, as far as that can be said. */
function verdict(models) {
  const [first] = models;
  if (new Set(models.map(({ id }) => id)).size < models.length) return notice("info", models.length === 2 ? "Both sides show the same model." : "A model stands here twice.", "Choose a different model on one side.");
  if (models.some(({ target, task }) => target !== first.target || task !== first.task)) return notice("warn", "The models predict different targets.", "Their scores cannot be compared.");
  const { metric } = first;
  const scores = models.map((model) => (model.metric === metric && model.scores.reported[metric] ? { ...model.scores.reported[metric], value: model.scores.reported[metric].mean } : null));
  if (scores.some((score) => !score)) return notice("info", "The models were optimized for different metrics.", "Compare the metrics below that all have.");
  const other = models.some((model) => model.dataset_id !== first.dataset_id) ? " Note that they were measured on different datasets." : "";
  const best = clearBest(metric, scores);
  const sorted = scores.map(({ value }) => value).sort((a, b) => (lowerIsBetter(metric) ? a - b : b - a));
  const apart = number(Math.abs(sorted[0] - sorted[1]), 2);
  if (best < 0) return notice("info", "No clear winner.", `${models.length === 2 ? "Their" : "The two best ones'"} ${metricName(metric)} differs by ${apart}, which is within chance. Prefer the faster or simpler one, or measure them on the same rows, which tells smaller differences.${other}`);
  return notice("good", `The ${ORDINALS[best].toLowerCase()} is better.`, `Its ${metricName(metric)} is better by ${apart}, which is beyond chance.${other}`);
}
