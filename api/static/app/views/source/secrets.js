// Secrets of sources: listed by name alone, put, replaced, deleted. What one holds is shown to nobody.

import { button } from "../../components/button.js";
import { confirm, openDialog } from "../../components/dialog.js";
import { emptyState } from "../../components/empty.js";
import { field, form, isFilled } from "../../components/field.js";
import { panel } from "../../components/page.js";
import { table } from "../../components/table.js";
import { toast } from "../../components/toast.js";
import { fill, h } from "../../dom.js";
import { ago, dateTime } from "../../format.js";
import { del, getAll, put } from "../../server/http.js";

export const getSecrets = (signal) => getAll("/secrets", { signal });

export const putSecret = (name, value) => put(`/secrets/${encodeURIComponent(name)}`, { value });

/** {element, reload()} */
export async function secretPanel(signal) {
  const list = table([
    { label: "Name", cell: ({ name }) => h("strong", {}, name) },
    { label: "Changed", class: "desk-only", cell: ({ changed_at: at }) => h("time", { datetime: at, title: dateTime(at) }, ago(at)) },
    { label: "", class: "row-actions", cell: ({ name }) => h("div", { class: "row-gap" },
      button("Replace", { class: "btn-small", "aria-label": `Replace ${name}`, run: () => ask(name) }),
      button(`Delete ${name}`, { kind: "quiet", icon: "trash", only: true, run: () => remove(name) })) },
  ], [], { label: "Secrets", keyOf: ({ name }) => name });
  const place = h("div", {});
  await reload();
  return { element: panel("Secrets", { note: "Passwords, keys and credentials that sources name. They are encrypted, and shown to nobody.", aside: button("New secret", { icon: "plus", run: () => ask() }) }, place), reload };

  async function reload() {
    const secrets = await getSecrets(signal);
    list.update(secrets);
    fill(place, secrets.length ? list.element : emptyState("key", "No secrets", "Those of a database or of a bucket are also asked for with the source."));
  }

  async function remove(name) {
    if (!(await confirm(`Delete ${name}?`, "Sources that name it cannot be fetched any more.", { run: () => del(`/secrets/${encodeURIComponent(name)}`) }))) return;
    await reload();
  }

  function ask(known) {
    const name = secretName({ value: known ?? "", readonly: Boolean(known) });
    const value = secretValue();
    openDialog(known ? `Replace ${known}` : "New secret", (close) => form({ name, value }, async () => {
      if (!isFilled(name, "Give it a name.") || !isFilled(value, "Enter what is to be kept.")) return;
      await putSecret(name.value().trim(), value.value());
      close();
      toast("Kept.", { kind: "good" });
      await reload();
    }, !known && name.element, value.element,
    h("div", { class: "form-actions" }, button("Cancel", { run: () => close() }), button(known ? "Replace" : "Keep secret", { kind: "primary", type: "submit" }))));
  }
}

export const secretName = (attributes = {}) => field("Name of the secret", { maxlength: 63, autocomplete: "off", autocapitalize: "none", spellcheck: "false", placeholder: "warehouse-password", hint: "Letters, digits, dots, dashes, underscores. Sources name it by this.", ...attributes });

/** Of several lines: keys of service accounts are JSON. */
export const secretValue = () => field("What is to be kept", { type: "textarea", rows: 2, autocomplete: "off", spellcheck: "false", class: "form-control secret-value", hint: "A password, a key, or credentials as JSON. It is not shown again." });
