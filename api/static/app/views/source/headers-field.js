// Headers that are sent with a request: any number of names, each with a text or a secret.

import { button } from "../../components/button.js";
import { field } from "../../components/field.js";
import { h } from "../../dom.js";
import { secretField } from "./secret-field.js";

const TEXT = "text";

/** @returns {element, field: for problems, value(): {name: text or {secret}}, save()} */
export function headersField(headers = {}, secrets) {
  let rows = [];
  const place = h("div", {});
  const problem = field("Headers", { quiet: true, type: "hidden" });
  const add = button("Add a header", { icon: "plus", class: "btn-small", run: () => append("", "").name.input.focus() });
  for (const [name, value] of Object.entries(headers)) append(name, value);
  const element = h("fieldset", { class: "header-fields" }, h("legend", { class: "field-label" }, "Headers (optional)"), h("p", { class: "field-hint" }, "Such as Authorization, whose value must be a secret: “Bearer …”."), place, problem.element, add);
  return { element, field: problem, value, save };

  function append(header, value) {
    const name = field("Header", { value: header, maxlength: 100, placeholder: "Authorization", autocomplete: "off", spellcheck: "false" });
    const secret = secretField("Value", { secrets, value: value.secret ?? TEXT, others: [[TEXT, "A text"]], none: "Choose …" });
    const text = field("Text", { value: typeof value === "string" ? value : "", maxlength: 4000, autocomplete: "off" });
    const draw = () => (text.element.hidden = secret.field.value() !== TEXT);
    secret.field.input.addEventListener("change", draw);
    draw();
    const row = { name, secret, text };
    const remove = button("Remove this header", { kind: "quiet", icon: "trash", only: true, run: () => {
      rows = rows.filter((other) => other !== row);
      line.remove();
      add.focus();
    } });
    const line = h("div", { class: "header-row" }, h("div", { class: "field-row" }, name.element, secret.element), text.element, remove);
    rows.push(row);
    place.append(line);
    return row;
  }

  function value() {
    const of = ({ secret, text }) => (secret.chosen() === TEXT ? text.value() : (secret.chosen() ?? ""));
    return Object.fromEntries(rows.filter(({ name }) => name.value().trim()).map((row) => [row.name.value().trim(), of(row)]));
  }

  async function save() {
    for (const { secret } of rows) if (!(await secret.save())) return false;
    return true;
  }
}
