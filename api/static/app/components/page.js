// The head of a view, and panels below it.

import { h } from "../dom.js";
import { icon } from "../icons.js";

/**
 * @param title         the view's one h1
 * @param options.back  [href, label] of where it belongs
 * @param options.lead  a sentence or an element below the title
 * @param options.badge beside the title
 * @param options.actions elements at the right
 */
export function pageHead(title, { back, lead, badge, actions = [] } = {}) {
  return h(
    "header",
    { class: "page-head" },
    back && h("a", { class: "back-link", href: back[0] }, icon("back"), back[1]),
    h(
      "div",
      { class: "page-head-row" },
      h("div", { class: "page-head-words" }, h("h1", {}, title, badge && " ", badge), lead && h("div", { class: "lead" }, lead)),
      h("div", { class: "page-actions" }, actions),
    ),
  );
}

/** A panel with a heading: panel("Scores", {aside: button}, content). */
export function panel(title, { aside, note, class: extra = "", level = 2 } = {}, ...children) {
  return h(
    "section",
    { class: `panel ${extra}` },
    (title || aside) &&
      h(
        "div",
        { class: "panel-head" },
        h("div", {}, title && h(`h${level}`, {}, title), note && h("p", { class: "panel-note" }, note)),
        aside && h("div", { class: "panel-aside" }, aside),
      ),
    ...children,
  );
}

/** Facts in a row: facts([["Rows", "1,204"], ["Size", "2 MB"]]). */
export function facts(pairs) {
  return h("dl", { class: "facts" }, pairs.filter(Boolean).map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
}
