// The first question: which column is to be predicted? Answered by clicking it.

import { h } from "../../dom.js";
import { integer, plural, TYPES } from "../../format.js";
import { field } from "../../components/field.js";
import { growing } from "../../components/growing.js";
import { distribution } from "../dataset/card.js";

const FEW = 12;

/** @param choose  (name) */
export function targetPicker({ columns }, choose) {
  const cards = growing("ul", { class: "target-cards plain-list", "aria-label": "Columns" }, card);
  const search = field("Find a column", { type: "search", quiet: true, placeholder: "Find a column", autocomplete: "off" });
  const count = h("span", { class: "fine", role: "status" });
  search.element.classList.add("search");
  search.input.addEventListener("input", show);
  show();
  return h(
    "div",
    {},
    h("h2", { tabindex: "-1" }, "Choose the target"),
    h("p", { class: "muted" }, "The target is the column to predict for new rows."),
    columns.length > FEW && h("div", { class: "toolbar" }, search.element, count),
    cards.element,
  );

  function show() {
    const text = search.value().trim().toLowerCase();
    const shown = columns.filter(({ name }) => name.toLowerCase().includes(text));
    cards.show(shown);
    count.textContent = text ? `${integer(shown.length)} of ${plural(columns.length, "column")}` : "";
  }

  function card(column) {
    return h("li", {},
      h("button", { class: "target-card", type: "button", onclick: () => choose(column.name) },
        h("span", { class: "target-name truncate" }, column.name),
        h("span", { class: "fine" }, TYPES[column.type] || "Profiling …"),
        distribution(column)));
  }
}
