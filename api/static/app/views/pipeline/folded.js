// A part of a form that is folded away, with what is set in it in words, so that it is opened only to change it.

import { fill, h } from "../../dom.js";

/** @param words  () => what is set; asked again whenever something in it, or what it depends on, is changed */
export function folded(title, words, ...parts) {
  const said = h("span", { class: "folded-words" });
  const element = h("details", { class: "more-fields" }, h("summary", {}, h("span", {}, title), said), parts);
  const draw = () => fill(said, words());
  for (const event of ["input", "change"]) element.addEventListener(event, draw);
  draw();
  return { element, draw };
}
