// How the columns of these rows differ from those of the training.

import { badge } from "../../components/badge.js";
import { notice } from "../../components/notice.js";
import { panel } from "../../components/page.js";
import { table } from "../../components/table.js";
import { h } from "../../dom.js";
import { TYPES, number } from "../../format.js";

export function driftTab({ drift }) {
  if (!drift) return notice("info", "Drift is not known.", "This model keeps no training rows to compare with: it was uploaded, or trained by an older release.");
  const rows = [...drift.columns].sort((a, b) => b.drifted - a.drifted || (b.importance ?? 0) - (a.importance ?? 0));
  return panel("Drift of the columns", { note: `${drift.inputs?.why ?? ""} A column has drifted where its difference from the training rows is larger than a threshold, and more than chance.` },
    table(columns, rows, { label: "Drift of the columns" }).element);
}

const columns = [
  { key: "name", label: "Column", class: "wrap wide-cell metric-cell", sort: (each) => each.name, cell: (each) => h("div", { class: "two-lines" }, h("strong", {}, each.name), each.problems?.length > 0 && h("span", { class: "fine" }, each.problems.map((problem) => problem.detail ?? String(problem)).join(" "))) },
  { key: "type", label: "Type", class: "desk-only", cell: (each) => TYPES[each.type] ?? each.type },
  { key: "effect", label: "Difference", number: true, sort: (each) => each.effect, cell: (each) => h("span", { title: each.method }, number(each.effect, 3)) },
  { key: "threshold", label: "Threshold", number: true, class: "desk-only", cell: (each) => number(each.threshold, 2) },
  { key: "p", label: "p, adjusted", number: true, class: "desk-only", cell: (each) => number(each.p_adjusted, 2) },
  { key: "importance", label: "Importance", number: true, class: "desk-only", sort: (each) => each.importance, cell: (each) => number(each.importance, 2) },
  { key: "drifted", label: "Drifted?", cell: (each) => (each.drifted ? badge("drifted", "warn") : h("span", { class: "fine" }, "no")) },
];
