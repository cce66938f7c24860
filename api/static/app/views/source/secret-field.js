// The choice of a secret within a form: one that is there, or a new one, which is kept when the form is sent.

import { field } from "../../components/field.js";
import { h } from "../../dom.js";
import { putSecret, secretName, secretValue } from "./secrets.js";

const NONE = "";
const NEW = "+";

/**
 * @param label
 * @param options.secrets  those that there are
 * @param options.value    the name that is chosen at first
 * @param options.others   further choices [[value, text]…], such as the service's own credentials
 * @param options.none     what no secret is called
 * @returns {element, field, chosen(): name or null, save(): keeps a new one}
 */
export function secretField(label, { secrets, value = NONE, others = [], none = "None", hint }) {
  const known = secrets.map(({ name }) => [`=${name}`, name]);
  const lost = value && !others.some(([key]) => key === value) && !secrets.some(({ name }) => name === value);
  if (lost) known.push([`=${value}`, `${value} (deleted)`]);
  const isOther = others.some(([key]) => key === value);
  const choice = field(label, { type: "select", choices: [[NONE, none], ...others, ...known, [NEW, "New secret …"]], value: value && !isOther ? `=${value}` : value, hint });
  const name = secretName();
  const kept = secretValue();
  const fresh = h("div", { class: "new-secret" }, name.element, kept.element);
  const draw = () => (fresh.hidden = choice.value() !== NEW);
  choice.input.addEventListener("change", draw);
  draw();
  return { element: h("div", {}, choice.element, fresh), field: choice, chosen, save };

  /** {secret: name}, one of the others as it is, or null. */
  function chosen() {
    const at = choice.value();
    if (at === NONE) return null;
    if (at === NEW) return { secret: name.value().trim() };
    return at.startsWith("=") ? { secret: at.slice(1) } : at;
  }

  /** Keep a new one; false where something is missing. It is a known one from then on, should the form be sent again. */
  async function save() {
    if (choice.value() !== NEW) return true;
    const title = name.value().trim();
    if (!title || !kept.value()) {
      const empty = title ? kept : name;
      empty.setError(title ? "Enter what is to be kept." : "Give it a name.");
      empty.input.focus();
      return false;
    }
    try {
      await putSecret(title, kept.value());
    } catch (error) {
      if (!error.of?.("name")) throw error;
      name.setError(error.of("name"));
      name.input.focus();
      return false;
    }
    choice.input.querySelector(`option[value="${NEW}"]`).before(h("option", { value: `=${title}` }, title));
    choice.input.value = `=${title}`;
    draw();
    return true;
  }
}
