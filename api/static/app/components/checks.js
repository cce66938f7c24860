// A group of checkboxes: which of several are chosen.

import { fill, h, uniqueId } from "../dom.js";
import { icon } from "../icons.js";
import { field } from "./field.js";

/**
 * @param label
 * @param choices       [[value, text, hint?]…]
 * @param chosen        values; one that is no choice is offered too, so that it is seen and can be taken back
 * @param options.hint  below them
 * @returns {element, input: the first box, value(): what is chosen, offer(other choices), setError(text or null)}
 */
export function checks(label, choices, chosen = [], { hint } = {}) {
  const id = uniqueId("checks");
  const place = h("div", { class: "checks" });
  const error = h("div", { class: "field-error", id });
  error.hidden = true;
  const element = h("fieldset", { class: "field", "aria-describedby": id }, h("legend", { class: "field-label" }, label), place, hint && h("p", { class: "field-hint" }, hint), error);
  let boxes = [];
  const value = () => boxes.filter(([, box]) => box.value()).map(([key]) => key);
  const setError = (text) => {
    error.hidden = !text;
    fill(error, text && icon("alert"), text);
    if (text) element.closest("details")?.setAttribute("open", "");
  };
  draw(choices, chosen);
  element.addEventListener("input", () => setError(null));
  return { element, get input() { return boxes[0]?.[1].input ?? element; }, value, offer: (others) => draw(others, value()), setError };

  function draw(offered, marked) {
    const known = new Set(offered.map(([key]) => key));
    const gone = marked.filter((key) => !known.has(key)).map((key) => [key, key]);
    boxes = [...offered, ...gone].map(([key, text, note]) => [key, field(text, { type: "checkbox", checked: marked.includes(key), hint: note })]);
    fill(place, boxes.map(([, box]) => box.element));
  }
}
