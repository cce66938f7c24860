// A field that filters a list by words, a moment after the last key.

import { field } from "./field.js";

const PAUSE_MS = 250;

/** @param onWords  (words) once they have not changed for a moment */
export function searchField(label, onWords, { value = "" } = {}) {
  const made = field(label, { type: "search", quiet: true, placeholder: label, autocomplete: "off", maxlength: 200, value });
  let timer = null;
  made.input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => onWords(made.value().trim()), PAUSE_MS);
  });
  return made.element;
}
