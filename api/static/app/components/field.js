// Form fields: a label, a control, a hint, and what is wrong with it.

import { fill, h, uniqueId } from "../dom.js";
import { icon } from "../icons.js";

/**
 * @param label
 * @param options.type     text (default), password, number, select, textarea, checkbox, or any of HTML's
 * @param options.choices  of a select: [[value, text]…], or strings
 * @param options.hint     below it
 * @param options.name     the field's name in the API's body: problems find it by that
 * @returns {element, input, value(), setError(text or null), setWarning(text or null)}
 */
export function field(label, { type = "text", choices = [], hint, quiet = false, ...attributes } = {}) {
  const id = uniqueId("field");
  const input = control(type, choices, { ...attributes, id });
  const note = h("div", { class: "field-hint", id: `${id}-hint` }, hint);
  note.hidden = !hint;
  const error = h("div", { class: "field-error", id: `${id}-error` });
  error.hidden = true;
  const warning = h("div", { class: "field-warning", id: `${id}-warning` });
  warning.hidden = true;
  input.setAttribute("aria-describedby", `${id}-hint ${id}-error ${id}-warning`);
  const setError = (text) => {
    error.hidden = !text;
    fill(error, text && icon("alert"), text);
    input.classList.toggle("is-invalid", Boolean(text));
    if (text) input.closest("details")?.setAttribute("open", ""); // what is folded away is seen, and can take the focus
    if (text) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  };
  const setWarning = (text) => {
    warning.hidden = !text;
    fill(warning, text && icon("alert"), text);
  };
  input.addEventListener("input", () => setError(null));
  const words = h("label", { for: id, class: quiet ? "visually-hidden" : "field-label" }, label);
  const element =
    type === "checkbox"
      ? h("div", { class: "field check" }, h("div", { class: "check-row" }, input, words), note, error, warning)
      : h("div", { class: "field" }, words, input, note, error, warning);
  return { element, input, value: () => (type === "checkbox" ? input.checked : input.value), setError, setWarning };
}

/** Whether something stands in it; if not, it says so and takes the focus. */
export function isFilled(one, text) {
  if (one.value().trim()) return true;
  one.setError(text);
  one.input.focus();
  return false;
}

function control(type, choices, attributes) {
  if (type === "select") return select(choices, attributes);
  if (type === "textarea") return h("textarea", { class: "form-control", rows: 3, ...attributes });
  if (type === "checkbox") return h("input", { class: "form-check-input", type, ...attributes });
  return h("input", { class: "form-control", type, ...attributes });
}

export function select(choices, { value, ...attributes } = {}) {
  const options = choices.map((choice) => {
    const [key, text] = Array.isArray(choice) ? choice : [choice, choice];
    return h("option", { value: key, selected: key === value }, text);
  });
  return h("select", { class: "form-select", ...attributes }, options);
}

/**
 * A form: runs `submit` when it is sent, shows the server's complaints at their fields, and gives the focus to the
 * first of them.
 * @param fields   {name in the body: field}
 * @param submit   async; its Problem is shown
 * @param children what the form holds
 */
export function form(fields, submit, ...children) {
  const summary = h("div", { class: "form-problem", role: "alert" });
  summary.hidden = true;
  const element = h("form", { novalidate: true }, children, summary);
  element.addEventListener("submit", async (event) => {
    event.preventDefault();
    const send = element.querySelector("[type=submit]");
    if (send?.getAttribute("aria-busy")) return;
    send?.setAttribute("aria-busy", "true");
    summary.hidden = true;
    for (const each of Object.values(fields)) each.setError(null);
    try {
      await submit();
    } catch (error) {
      if (error.name === "AbortError") return;
      if (error.name !== "Problem") console.error(error);
      show(error);
    } finally {
      send?.removeAttribute("aria-busy");
    }
  });
  /** The field that a problem belongs to: that of its name, else of the nearest thing that it is within. */
  function ownerOf(path) {
    for (let name = path; name; name = name.slice(0, Math.max(name.lastIndexOf("."), 0))) if (name in fields) return name;
    return path;
  }
  function show(error) {
    const said = new Map((error.errors ?? []).map((each) => [ownerOf(each.field), error.of(each.field)]));
    const wrong = Object.entries(fields).filter(([name]) => said.has(name));
    for (const [name, each] of wrong) each.setError(said.get(name));
    if (wrong.length) wrong[0][1].input.focus();
    else {
      summary.hidden = false;
      fill(summary, icon("alert"), h("span", {}, error.message));
    }
  }
  return element;
}
