// Making a source, and changing one: what each kind needs, when it is fetched, how it is kept.

import { button } from "../../components/button.js";
import { openDialog } from "../../components/dialog.js";
import { field, form, isFilled } from "../../components/field.js";
import { fill, h } from "../../dom.js";
import { getAll, patch, post } from "../../server/http.js";
import { idempotencyKeys } from "../../server/idempotency-key.js";
import { keepingFields } from "./keeping.js";
import { KIND_FORMS } from "./kinds.js";
import { getSecrets } from "./secrets.js";

const KIND_CHOICES = [["http", "A file or an API behind a URL"], ["sql", "A query of a database"], ["bucket", "Files in a bucket"], ["endpoint", "Requests of an endpoint"]];

/**
 * @param options.source    one that is changed; else one is made
 * @param options.onDone    (source)
 * @param options.onSecret  a secret may have been kept on the way
 */
export async function openSourceForm({ source, signal, onDone, onSecret = () => {} }) {
  const [secrets, endpoints] = await Promise.all([getSecrets(signal), getAll("/endpoints", { signal })]);
  const known = source ?? {};
  const keys = idempotencyKeys();
  const name = field("Name", { value: known.name ?? "", maxlength: 200, placeholder: "Daily prices", autocomplete: "off" });
  const kind = field("Kind", { type: "select", choices: KIND_CHOICES.filter(([key]) => key !== "endpoint" || endpoints.length || known.kind === key), value: known.kind ?? "http" });
  const keeping = keepingFields(known);
  const place = h("div", {});
  const fields = { name, kind };
  let own = null;
  const draw = () => {
    for (const each of Object.keys(own?.fields ?? {})) delete fields[each];
    own = KIND_FORMS[kind.value()](kind.value() === known.kind ? known : {}, { secrets, endpoints });
    Object.assign(fields, keeping.fields, own.fields);
    keeping.showFor(kind.value());
    fill(place, own.parts);
  };
  kind.input.addEventListener("change", draw);
  draw();
  openDialog(source ? `Change ${source.name}` : "New source", (close) => form(fields, async () => {
    if (!isFilled(name, "Give it a name.") || !(await own.save())) return;
    await onSecret();
    const said = own.value();
    const all = { name: name.value().trim(), ...said, ...keeping.value(kind.value(), said) };
    const body = source ? changes(source, all) : { kind: kind.value(), ...withoutNothing(all) };
    const done = source ? await patch(`/sources/${source.id}`, body) : await post("/sources", body, { headers: keys(body) });
    close();
    await onDone(done);
  },
  h("div", { class: "field-row" }, name.element, !source && kind.element), place, keeping.parts,
  h("div", { class: "form-actions" }, button("Cancel", { run: () => close() }), button(source ? "Save" : "Create source", { kind: "primary", type: "submit" }))), { wide: true });
}

const isNothing = (value) => value === null || value === undefined || (typeof value === "object" && !Array.isArray(value) && Object.keys(value).length === 0);

const withoutNothing = (body) => Object.fromEntries(Object.entries(body).filter(([, value]) => !isNothing(value)));

/** What differs from how it is; null takes a word back. What says what is fetched has it begin anew, so the rest is left out. */
function changes(source, all) {
  const same = (a, b) => (isNothing(a) && isNothing(b)) || canonical(a) === canonical(b);
  return Object.fromEntries(Object.entries(all).filter(([name, value]) => !same(value, source[name])).map(([name, value]) => [name, isNothing(value) ? null : value]));
}

const canonical = (value) => JSON.stringify(value, (_, inner) => (inner && typeof inner === "object" && !Array.isArray(inner) ? Object.fromEntries(Object.entries(inner).sort()) : inner));
