// A column as a card: what it is, how its values lie, what is odd about it.

import { h } from "../../dom.js";
import { integer, number, percent, plural, TYPES } from "../../format.js";
import { icon } from "../../icons.js";
import { select } from "../../components/field.js";
import { histogram } from "../../charts/spark.js";
import { readingControls } from "./column-reading.js";

const TOP = 4;

/**
 * @param column   of the dataset's answer
 * @param rows     of the table, null until known
 * @param options.type      shown as chosen; options.changed marks it
 * @param options.onType    (type)
 * @param options.given     what is changed of how its cells are read; options.onReading (field, value, whether it has it)
 * @param options.onTick    (whether ticked), to choose several
 * @param options.foot      below it all
 */
export function columnCard(column, rows, { type = column.type, changed = false, ticked = false, given = {}, onType, onReading, onTick, foot }) {
  const { name } = column;
  const box = h("input", { class: "form-check-input", type: "checkbox", checked: ticked, "aria-label": `Select ${name}`, onchange: () => onTick(box.checked) });
  const choice = select(Object.entries(TYPES), { value: type, "aria-label": `Type of ${name}`, class: `form-select ${changed ? "changed" : ""}`, onchange: () => onType(choice.value) });
  return h(
    "li",
    { class: `column-card ${ticked ? "chosen" : ""}` },
    h("div", { class: "column-head" }, box, h("span", { class: "column-name truncate", title: name }, name)),
    column.type === null
      ? h("div", { class: "column-meta" }, "Profiling …")
      : [h("div", { class: "column-meta" }, choice, h("span", {}, missingWords(column, rows))), distribution(column), warningList(column), onReading && readingControls(column, given, onReading)],
    foot && h("div", { class: "column-foot" }, foot),
  );
}

function missingWords({ missing, distinct }, rows) {
  if (!rows || !missing) return plural(distinct ?? 0, "value");
  return `${percent(missing / rows)} missing`;
}

/** How the values lie: a histogram, or the most frequent ones. */
export function distribution({ name, type, distinct, distribution: found }) {
  if (!found) return null;
  if (found.kind === "histogram") {
    if (!found.counts.length) return h("span", { class: "fine" }, "No values");
    const [low, high] = [found.edges[0], found.edges[found.edges.length - 1]].map((edge) => (type === "date" ? dayOf(edge) : number(edge, 3)));
    const unit = type === "text" ? " characters" : "";
    return h("span", { class: "spark-block" }, histogram(found.counts, { label: `Values of ${name} from ${low} to ${high}${unit}` }),
      h("span", { class: "spark-ends", "aria-hidden": "true" }, h("span", {}, low), h("span", {}, high + unit)));
  }
  if (type === "id") return h("span", { class: "fine truncate" }, `For example ${found.values.slice(0, 3).map(([label]) => label).join(", ")}`);
  const total = Math.max(found.sampled_rows, 1);
  return h("span", { class: "top-values" },
    found.values.slice(0, TOP).map(([label, count]) =>
      h("span", { class: "top-value", style: { "--share": count / total } }, h("span", { class: "truncate", title: label }, label === "" ? "(empty)" : label), " ", h("span", {}, percent(count / total)))),
    distinct > TOP && h("span", { class: "fine" }, `and ${integer(distinct - TOP)} more`));
}

const dayOf = (iso) => String(iso).replace("T", " ").replace(/ 00:00:00$/, "");

function warningList({ warnings }) {
  return warnings.length > 0 && h("ul", { class: "column-warnings" }, warnings.map((text) => h("li", {}, icon("alert"), h("span", {}, text))));
}
