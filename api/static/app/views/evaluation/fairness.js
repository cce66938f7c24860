// How often groups of rows are answered with the positive class, and how often rightly.

import { badge } from "../../components/badge.js";
import { intervalBar, intervalCell } from "../../charts/interval.js";
import { panel } from "../../components/page.js";
import { table } from "../../components/table.js";
import { h } from "../../dom.js";
import { integer, number } from "../../format.js";

const RATES = {
  selection_rate: ["Selection rate", "Share that is predicted positive."],
  tpr: ["True positive rate", "That share among the rows that are positive."],
  fpr: ["False positive rate", "That share among the rows that are not."],
};
const FOUR_FIFTHS = 0.8;

export const fairnessTab = ({ fairness }) => h("div", { class: "stack" },
  h("p", { class: "panel-note" }, "This compares what the model answers, not what is just: what follows from it is for people to decide."),
  Object.entries(fairness).map(([column, rates]) => panel(column, {}, h("div", { class: "stack" }, Object.entries(RATES).filter(([name]) => rates[name]).map(([name, words]) => rateTable(words, rates[name], name === "selection_rate"))))));

function rateTable([title, text], { groups, ratio, least, greatest }, isSelection) {
  const rows = Object.entries(groups).map(([value, rate]) => ({ value, rate }));
  const columns = [
    { key: "group", label: "Group", class: "wrap", cell: ({ value }) => value },
    { key: "rows", label: "Rows", number: true, class: "desk-only", cell: ({ rate }) => integer(rate.rows) },
    { key: "rate", label: "Rate", number: true, cell: ({ rate }) => intervalCell(rate) },
    { key: "bar", label: "", said: "Interval", class: "interval-cell", cell: ({ rate }) => intervalBar(rate, [0, 1]) },
  ];
  const isLow = isSelection && ratio !== null && ratio < FOUR_FIFTHS;
  const said = ratio === null ? "Too few rows to compare the groups." : `${least} has the least, ${greatest} the greatest: ratio ${number(ratio, 2)}${isLow ? ", below four fifths" : ""}.`;
  return h("section", {}, h("h3", {}, title, " ", ratio !== null && badge(`ratio ${number(ratio, 2)}`, isLow ? "warn" : "calm")), h("p", { class: "panel-note" }, `${text} ${said}`), table(columns, rows, { label: title }).element);
}
