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
    // A row that exists: medians of every column together may make one that cannot.
    this.start = Object.fromEntries(model.features.map(({ name, typical }) => [name, model.example?.[name] ?? (model.example ? null : (typical ?? null))]));
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
    const made = control(feature, this.start[feature.name]);
    this.fields.set(feature.name, made);
    made.input.addEventListener("input", this.onChange);
    return made.element;
  }

  /** {column: value}: what is in the form, and what the row began with where a column is not shown. */
  get row() {
    return Object.fromEntries(this.features.map((feature) => {
      const made = this.fields.get(feature.name);
      const value = made ? made.input.value : this.start[feature.name];
      return [feature.name, value === MISSING ? null : value];
    }));
  }

  set(values) {
    for (const [name, made] of this.fields) if (name in values) made.input.value = shown(values[name]);
    this.onChange();
  }

  /** Go back to the row that it began with. */
  reset() {
    this.set(this.start);
  }

  /** Mark the fields that the model could not use as they stand: the warnings of an answer. */
  mark(warnings) {
    const words = new Map();
    for (const { column, detail } of warnings) words.set(column, [words.get(column), detail].filter(Boolean).join(" "));
    for (const [name, made] of this.fields) made.setWarning(words.get(name) ?? null);
  }

  setError(name, text) {
    this.fields.get(name)?.setError(text);
  }
}

/** A value as it stands in a field; medians have sixteen digits. */
const shown = (value) => (typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(12)) : (value ?? MISSING));

const DAY = /^\d{4}-\d{2}-\d{2}$/;

function control(feature, start) {
  const { name, type, choices, range } = feature;
  const value = shown(start);
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
  if (type === "date" && range?.every((edge) => DAY.test(edge)) && (value === MISSING || DAY.test(value))) {
    return field(name, { type: "date", value, hint: `${range[0]} to ${range[1]} in training` });
  }
  if (type === "date") return field(name, { value, autocomplete: "off", hint: range && `${range[0]} to ${range[1]} in training` });
  if (type === "text") return field(name, { type: "textarea", rows: 2, value });
  return field(name, { value, autocomplete: "off" });
}
