// Groups of rows, the worst first: where the model is worse than elsewhere by more than chance.

import { badge } from "../../components/badge.js";
import { intervalBar, intervalCell, scaleOf } from "../../charts/interval.js";
import { panel } from "../../components/page.js";
import { table } from "../../components/table.js";
import { h } from "../../dom.js";
import { integer, metricName, number, plural } from "../../format.js";

export function slicesTab(found) {
  const { slices, slices_left_out: leftOut = [], metrics, metric } = found;
  const whole = metrics[metric]?.value ?? null;
  const scored = slices.filter(({ metric: score }) => score.value !== null && score.value !== undefined);
  const scale = scored.length ? scaleOf(scored.map(({ metric: score }) => score), [whole]) : [0, 1];
  const worse = slices.filter((each) => each.worse).length;
  const note = `${metricName(metric)} by group; the thin mark is the score of all rows (${number(whole)}). ${worse ? `${plural(worse, "group")} ${worse === 1 ? "is" : "are"} worse than the other rows by more than chance, counted over all groups.` : "No group is worse than the other rows by more than chance."}`;
  return panel("Groups of rows", { note },
    slices.length ? table(columns(scale, whole), slices, { label: "Groups of rows" }).element : h("p", { class: "panel-note" }, "No column has groups that are large enough."),
    leftOut.length > 0 && h("details", { class: "fine" }, h("summary", {}, `${plural(leftOut.length, "column")} not looked at`), h("ul", { class: "plain-list" }, leftOut.map(({ column, why }) => h("li", {}, `${column}: ${why}`)))));
}

const columns = (scale, whole) => [
  { key: "group", label: "Group", class: "wrap wide-cell metric-cell", sort: (each) => `${each.column} ${each.value}`, cell: (each) => h("div", { class: "two-lines" }, h("strong", {}, each.value), h("span", { class: "fine" }, each.column)) },
  { key: "rows", label: "Rows", number: true, class: "desk-only", sort: (each) => each.rows, cell: (each) => integer(each.rows) },
  { key: "score", label: "Score", number: true, sort: (each) => each.metric.value, cell: (each) => intervalCell(each.metric) },
  { key: "bar", label: "", said: "Interval", class: "interval-cell desk-only", cell: (each) => (each.metric.value === null ? "" : intervalBar(each.metric, scale, { beside: whole, tone: each.worse ? "bad" : "calm" })) },
  { key: "difference", label: "Difference", number: true, class: "desk-only", sort: (each) => each.difference, cell: (each) => number(each.difference, 3) },
  {
    key: "worse", label: "Worse?",
    cell: (each) => h("span", { title: each.p_adjusted === null || each.p_adjusted === undefined ? "too few rows to tell" : `p ${number(each.p_adjusted, 2)}, adjusted for all groups` }, each.worse ? badge("worse", "bad") : h("span", { class: "fine" }, each.p_adjusted === null || each.p_adjusted === undefined ? "too few rows" : "within chance")),
  },
];
