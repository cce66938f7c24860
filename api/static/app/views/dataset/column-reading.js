// How the cells of one column are read: decimal sign and unit of numbers, the order of dates. Detected; corrected here.

import { h } from "../../dom.js";
import { select } from "../../components/field.js";

const SIGNS = [[".", "1,234.5"], [",", "1.234,5"]];
const ORDERS = [["month_first", "month/day/year"], ["day_first", "day/month/year"], ["year_first", "year/month/day"]];

/**
 * The controls of a column whose cells are numbers or dates as text; nothing for others.
 * @param column   of the dataset's answer
 * @param given    what is already changed of it: {decimal_sign?, date_order?, unit?}
 * @param changed  (field, value, whether it is what the column has)
 */
export function readingControls({ name, reading }, given, changed) {
  const { decimal_sign: sign, date_order: order, unit = "" } = reading ?? {};
  if (!sign && !order) return null;
  const made = [];
  if (sign) {
    made.push(labelled("Numbers as", choice(SIGNS, "decimal_sign", sign, `Decimal sign of ${name}`)));
    const input = h("input", { class: "form-control", value: given.unit ?? unit, maxlength: 20, placeholder: "none", "aria-label": `Unit of ${name}`, onchange: () => changed("unit", input.value.trim() || null, input.value.trim() === unit) });
    made.push(labelled("Unit", input));
  }
  if (order) made.push(labelled("Dates as", choice(ORDERS, "date_order", order, `Date order of ${name}`)));
  return h("details", { class: "column-reading", open: reading.is_sure === false || Object.keys(given).length > 0 }, h("summary", { class: "fine" }, "How its cells are read"), made);

  function choice(choices, field, has, label) {
    const made = select(choices, { value: given[field] ?? has, "aria-label": label, onchange: () => changed(field, made.value, made.value === has) });
    return made;
  }
}

const labelled = (text, control) => h("label", { class: "column-reading-row" }, h("span", { class: "fine" }, text), control);
