// Buttons, and what they do while their work is under way.

import { h } from "../dom.js";
import { icon } from "../icons.js";
import { toastProblem } from "./toast.js";

/**
 * @param label
 * @param options.kind  primary, plain (default), quiet or danger
 * @param options.icon  name of an icon before the label
 * @param options.run   (event) what it does; while a promise of it is open, the button waits; what fails is toasted
 * @param options.only  true: the icon alone is seen, the label is for screen readers
 */
export function button(label, { kind = "plain", icon: mark, run, only = false, type = "button", ...attributes } = {}) {
  const element = h(
    "button",
    { ...attributes, type, class: `btn btn-${kind} ${only ? "btn-icon" : ""} ${attributes.class || ""}`, "aria-label": only ? label : attributes["aria-label"], title: only ? label : attributes.title },
    mark && icon(mark),
    !only && h("span", {}, label),
  );
  if (run) element.addEventListener("click", (event) => busyWhile(element, () => run(event)));
  return element;
}

/** A link that looks like a button. */
export function linkButton(label, href, { kind = "plain", icon: mark, ...attributes } = {}) {
  return h("a", { ...attributes, href, class: `btn btn-${kind} ${attributes.class || ""}` }, mark && icon(mark), h("span", {}, label));
}

/** Run once at a time, with the element shown as busy; a Problem becomes a toast. */
export async function busyWhile(element, run) {
  if (element.getAttribute("aria-busy")) return;
  element.setAttribute("aria-busy", "true");
  try {
    await run();
  } catch (error) {
    if (error.name !== "AbortError") toastProblem(error);
  } finally {
    element.removeAttribute("aria-busy");
  }
}
