// Short messages at the foot of the window, read out by screen readers. They leave by themselves; bad news stays longer.

import { h } from "../dom.js";
import { icon } from "../icons.js";

const shelf = document.body.appendChild(h("div", { class: "toasts", role: "status", "aria-live": "polite" }));

/** @param options.kind good, bad or calm; options.action [label, run] */
export function toast(text, { kind = "calm", action, forMs = kind === "bad" ? 10_000 : 5000 } = {}) {
  const element = h(
    "div",
    { class: `toast-note ${kind}` },
    icon(kind === "good" ? "check" : kind === "bad" ? "alert" : "info"),
    h("span", { class: "toast-text" }, text),
    action && h("button", { class: "toast-action", type: "button", onclick: () => (action[1](), leave()) }, action[0]),
    h("button", { class: "toast-close", type: "button", "aria-label": "Dismiss", onclick: leave }, icon("close")),
  );
  let timer = setTimeout(leave, forMs);
  function leave() {
    clearTimeout(timer);
    element.remove();
  }
  element.addEventListener("mouseenter", () => clearTimeout(timer));
  element.addEventListener("mouseleave", () => (timer = setTimeout(leave, 2000)));
  shelf.append(element);
  while (shelf.children.length > 4) shelf.firstElementChild.remove();
}

/** What went wrong, in the words of the server. A mistake of the page itself is told to the console, too. */
export function toastProblem(error) {
  if (error.name !== "Problem") console.error(error);
  if (error.status === 401) return; // the sign-in page says it
  toast(error.message || "Something went wrong.", { kind: "bad" });
}
