// What stands where there is nothing yet: what this is for, and what to do next.

import { h } from "../dom.js";
import { icon } from "../icons.js";

export function emptyState(mark, title, text, ...actions) {
  return h(
    "div",
    { class: "empty" },
    h("div", { class: "empty-mark" }, icon(mark)),
    h("h2", {}, title),
    h("p", {}, text),
    actions.length > 0 && h("div", { class: "empty-actions" }, actions),
  );
}
