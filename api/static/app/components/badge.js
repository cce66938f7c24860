// A state as a word with a dot of its colour.

import { h } from "../dom.js";
import { STATES } from "../format.js";

export function badge(text, kind = "calm") {
  return h("span", { class: `tag ${kind}` }, h("span", { class: "dot" }), text);
}

/** The badge of a dataset's, job's or prediction's state. */
export function stateBadge(state) {
  const [text, kind] = STATES[state] || [state, "calm"];
  return badge(text, kind);
}
