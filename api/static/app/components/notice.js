// Notices: a note, a warning, what went wrong and what to do.

import { h } from "../dom.js";
import { icon } from "../icons.js";

const MARKS = { info: "info", warn: "alert", bad: "alert", good: "check" };

/** @param kind info, good, warn or bad; @param options.actions elements */
export function notice(kind, title, text, { actions = [], role } = {}) {
  return h(
    "div",
    { class: `notice ${kind}`, role: role || (kind === "bad" && "alert") },
    icon(MARKS[kind]),
    h(
      "div",
      { class: "notice-words" },
      title && h("p", { class: "notice-title" }, title),
      text && h(text instanceof Node ? "div" : "p", {}, text),
      [actions].flat().filter(Boolean).length > 0 && h("div", { class: "notice-actions" }, actions),
    ),
  );
}

/** What a job, a dataset or a prediction says of its bad end: {reason, detail, hint, line?, column?}. */
export function errorNotice(error, options = {}) {
  const where = [error.line && `line ${error.line}`, error.column && `column ${error.column}`].filter(Boolean).join(", ");
  return notice("bad", error.detail, [error.hint, where && `At ${where}.`].filter(Boolean).join(" "), options);
}

/** A view that could not be shown. */
export function problemPage(error) {
  if (error.name !== "Problem" && !error.missing) console.error(error);
  const missing = error.missing || error.status === 404;
  return h(
    "div",
    { class: "problem-page" },
    h("h1", {}, missing ? "Not found" : error.status === 0 ? "No connection" : "Something went wrong"),
    h("p", { class: "lead" }, missing ? "It was deleted, or the address is wrong." : error.message),
    error.requestId && !missing && h("p", { class: "fine" }, `Request ID, for support: ${error.requestId}`),
    h("div", { class: "page-actions" },
      !missing && h("button", { class: "btn btn-primary", type: "button", onclick: () => dispatchEvent(new PopStateEvent("popstate")) }, "Try again"),
      h("a", { class: "btn btn-plain", href: "/" }, "Go to the start page")),
  );
}
