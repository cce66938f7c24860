// Where models disagree: the groups of rows, and the rows that they see most differently.

import { panel } from "../../components/page.js";
import { table } from "../../components/table.js";
import { h } from "../../dom.js";
import { integer, metricName, number, percent } from "../../format.js";

const MOST_INPUTS = 4;

export function disagreementPanels({ disagreement, models, metric, classes }, names) {
  if (!disagreement) return null;
  const { share, mean_spread: spread, rows = [], groups = [] } = disagreement;
  const note = share !== null && share !== undefined ? `In ${percent(share)} of the rows they do not all answer the same.` : `Their answers are ${number(spread, 3)} apart on average.`;
  const scoreOf = (scores, id, index) => (Array.isArray(scores) ? scores[index] : scores?.[id]);
  const value = (score) => number(typeof score === "object" && score ? score.value : score, 3);
  return [
    groups.length > 0 && panel("Where they disagree most", { note: `${note} These groups of rows more than others; ${metricName(metric)} of each model there.` }, table([
      { key: "group", label: "Group", class: "wrap wide-cell metric-cell", cell: (each) => h("div", { class: "two-lines" }, h("strong", {}, each.value), h("span", { class: "fine" }, each.column)) },
      { key: "rows", label: "Rows", number: true, cell: (each) => integer(each.rows) },
      { key: "here", label: "Disagreement", number: true, cell: (each) => (classes ? percent(each.disagreement) : number(each.disagreement, 3)) },
      { key: "elsewhere", label: "Elsewhere", number: true, class: "desk-only", cell: (each) => (classes ? percent(each.elsewhere) : number(each.elsewhere, 3)) },
      ...models.map(({ id }, index) => ({ key: id, label: names.get(id), number: true, class: "desk-only", cell: (each) => value(scoreOf(each.scores, id, index)) })),
    ], groups, { label: "Groups of disagreement" }).element),
    rows.length > 0 && panel("Rows that they see most differently", { note: groups.length ? null : note }, table([
      { key: "row", label: "Row", cell: (each) => integer(each.row + 1) },
      { key: "actual", label: "Actual", cell: (each) => (typeof each.actual === "number" ? number(each.actual) : each.actual) },
      ...models.map(({ id }, index) => ({ key: id, label: names.get(id), cell: (each) => [typeof each.answers[index] === "number" ? number(each.answers[index]) : each.answers[index], each.probabilities && h("span", { class: "fine" }, ` ${percent(each.probabilities[index])}`)] })),
      { key: "inputs", label: "Inputs", class: "wrap desk-only", cell: (each) => h("span", { class: "fine" }, Object.entries(each.inputs).slice(0, MOST_INPUTS).map(([name, cell]) => `${name}: ${cell ?? "missing"}`).join(", ")) },
    ], rows, { label: "Rows of disagreement" }).element),
  ];
}
