// Feature importance, partial dependence, and how each column was preprocessed.

import { bars } from "../../charts/charts.js";
import { panel } from "../../components/page.js";
import { table } from "../../components/table.js";
import { fill, h } from "../../dom.js";
import { TYPES, integer, number, plural } from "../../format.js";
import { plot } from "../../charts/plots.js";
import { dependenceFigure } from "./figures.js";

const MOST_BARS = 12;

/** Bars of the columns that matter most. */
export function importanceBars(model, { most = MOST_BARS, pick, chosen } = {}) {
  const ranked = model.importance.filter(({ importance }) => importance > 0);
  if (!ranked.length) return h("p", { class: "panel-note" }, model.origin === "uploaded" ? "It is not known of a model that was trained elsewhere." : "No column has measurable importance.");
  const top = ranked[0].importance;
  const items = ranked.slice(0, most).map(({ feature, importance }) => ({
    label: feature,
    share: importance / top,
    value: number(importance, 2),
    onclick: pick && (() => pick(feature)),
    active: chosen === feature,
  }));
  return bars(items, { name: "Feature importance" });
}

export function columnsTab(model, { dependence }) {
  return h("div", { class: "stack" }, mattersPanel(model, dependence ?? []), donePanel(model));
}

function mattersPanel(model, dependence) {
  const answer = model.classes?.length === 2 ? `probability of ${model.classes[1]}` : model.classes ? "probability" : model.target;
  const place = h("div", { class: "dependence" });
  const list = h("div", {});
  const curves = new Map(dependence.map((found) => [found.feature, found]));
  const show = (feature) => {
    fill(list, importanceBars(model, { pick: curves.size ? show : undefined, chosen: feature }));
    const found = curves.get(feature);
    if (!found) return fill(place, curves.size > 0 && h("p", { class: "panel-note" }, `No partial dependence for ${feature}: it is free text, it hardly varies, or there was no time left.`));
    const figure = dependenceFigure(found, answer);
    fill(place, h("h3", {}, `Partial dependence on ${feature}`), h("p", { class: "panel-note" }, "The mean prediction if every row had this value and kept its other values."), plot(figure.label, figure.draw, { height: 280 }));
  };
  show(dependence[0]?.feature);
  const note = "How much worse the score gets when a column's values are shuffled." + (curves.size ? " Choose a column to see its partial dependence." : "");
  return panel("Feature importance", { note }, h("div", { class: "two-columns" }, list, place));
}

function donePanel(model) {
  const types = new Map(model.features.map(({ name, type }) => [name, type]));
  const matters = new Map(model.importance.map(({ feature, importance }) => [feature, importance]));
  const rows = [...model.data_actions].sort((a, b) => types.has(b.column) - types.has(a.column) || (matters.get(b.column) ?? 0) - (matters.get(a.column) ?? 0));
  const columns = [
    { key: "column", label: "Column", sort: (row) => row.column, cell: (row) => h("span", { class: "clipped", title: row.column }, row.column) },
    { key: "type", label: "Type", class: "desk-only", sort: (row) => types.get(row.column) ?? null, cell: (row) => TYPES[types.get(row.column)] ?? types.get(row.column) ?? "–" },
    { key: "action", label: "Preprocessing", class: "wrap wide-cell", cell: (row) => h("div", { class: "two-lines" }, h("span", {}, row.action), row.why && h("span", { class: "fine" }, row.why)) },
    { key: "importance", label: "Importance", number: true, class: "desk-only", sort: (row) => matters.get(row.column) ?? null, cell: (row) => number(matters.get(row.column), 2) },
  ];
  const note = `${integer(types.size)} of ${plural(rows.length, "column")} used. The same preprocessing is applied to every row that is predicted.`;
  return panel("Preprocessing", { note }, table(columns, rows, { label: "Preprocessing of each column" }).element);
}
