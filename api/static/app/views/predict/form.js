// The form of a row: a field for each column that the model reads, those that matter most first.

import { button } from "../../components/button.js";
import { field } from "../../components/field.js";
import { h, uniqueId } from "../../dom.js";
import { number, plural } from "../../format.js";

const SHOWN = 16;
const MOST_OPTIONS = 30;
const MISSING = "";

/** Features in the order of their importance. */
export function ordered(model) {
  const rank = new Map(model.importance.map(({ feature }, index) => [feature, index]));
  return [...model.features].sort((a, b) => (rank.get(a.name) ?? 1e9) - (rank.get(b.name) ?? 1e9));
}

export class RowForm {
  /** onChange() after each change of a value. */
  constructor(model, onChange) {
    this.features = ordered(model);
    this.fields = new Map();
    this.onChange = onChange;
    const first = this.features.slice(0, SHOWN);
    this.rest = this.features.slice(SHOWN);
    this.grid = h("div", { class: "row-form" }, first.map((feature) => this.make(feature)));
    this.more = this.rest.length > 0 && button(`Show ${plural(this.rest.length, "more column")}`, { run: () => this.showRest() });
    this.element = h("form", { onsubmit: (event) => event.preventDefault(), novalidate: true, "aria-label": "The row to predict" }, this.grid, this.more);
  }

  showRest() {
    this.more.remove();
    this.grid.append(...this.rest.map((feature) => this.make(feature)));
    this.fields.get(this.rest[0].name).input.focus();
  }

  make(feature) {
    const made = control(feature);
    this.fields.set(feature.name, made);
    made.input.addEventListener("input", this.onChange);
    return made.element;
  }

  /** {column: value}: what is in the form, and the typical values of what is not shown. */
  get row() {
    return Object.fromEntries(this.features.map((feature) => {
      const made = this.fields.get(feature.name);
      const value = made ? made.input.value : (feature.typical ?? null);
      return [feature.name, value === MISSING ? null : value];
    }));
  }

  set(values) {
    for (const [name, made] of this.fields) if (name in values) made.input.value = shown(values[name]);
    this.onChange();
  }

  /** Back to the typical row. */
  reset() {
    this.set(Object.fromEntries(this.features.map(({ name, typical }) => [name, typical ?? null])));
  }

  setError(name, text) {
    this.fields.get(name)?.setError(text);
  }
}

/** A value as it stands in a field; the engine's medians have sixteen digits. */
const shown = (value) => (typeof value === "number" ? Number(value.toPrecision(6)) : (value ?? MISSING));

function control(feature) {
  const { name, type, choices, range, typical } = feature;
  const value = shown(typical);
  if (choices && choices.length <= MOST_OPTIONS) {
    const listed = choices.map(String);
    const known = value === MISSING || listed.includes(String(value)) ? listed : [String(value), ...listed];
    return field(name, { type: "select", choices: [...known.map((choice) => [choice, choice]), [MISSING, "(missing)"]], value: String(value) });
  }
  if (choices) {
    const list = uniqueId("choices");
    const made = field(name, { value, list, hint: plural(choices.length, "suggestion"), autocomplete: "off" });
    made.element.append(h("datalist", { id: list }, choices.map((choice) => h("option", { value: String(choice) }))));
    return made;
  }
  if (type === "number") {
    return field(name, { value, inputmode: "decimal", autocomplete: "off", hint: range && `${number(range[0])} to ${number(range[1])} in training` });
  }
  if (type === "date") return field(name, { value, autocomplete: "off", hint: range && `${range[0]} to ${range[1]} in training` });
  if (type === "text") return field(name, { type: "textarea", rows: 2, value });
  return field(name, { value, autocomplete: "off" });
}
