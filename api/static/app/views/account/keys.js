// API keys: for programs, each with what it may do and until when. A key is shown once.

import { fill, h } from "../../dom.js";
import { ago, dateTime } from "../../format.js";
import { del, getAll, post } from "../../server/http.js";
import { button } from "../../components/button.js";
import { copyable } from "../../code/copy.js";
import { confirm, openDialog } from "../../components/dialog.js";
import { emptyState } from "../../components/empty.js";
import { field, form } from "../../components/field.js";
import { panel } from "../../components/page.js";
import { table } from "../../components/table.js";

const SCOPES = [["read", "Read"], ["train", "Upload, train, delete"], ["predict", "Predict"]];
const ENDS = [["", "Never"], ["7", "In 7 days"], ["30", "In 30 days"], ["90", "In 90 days"], ["365", "In 1 year"]];
const DAY_MS = 86_400_000;

export async function keyPanel(signal) {
  let keys = await getAll("/keys", { signal });
  const list = table([
    { label: "Name", cell: ({ name }) => h("strong", {}, name), sort: ({ name }) => name.toLowerCase() },
    { label: "Scopes", cell: scopeWords },
    { label: "Created", class: "desk-only", cell: ({ created_at: at }) => h("time", { datetime: at, title: dateTime(at) }, ago(at)), sort: ({ created_at: at }) => at },
    { label: "Expires", cell: ({ expires_at: at }) => (at ? dateTime(at) : "Never") },
    { label: "", class: "row-actions", cell: (key) => button(`Revoke ${key.name}`, { kind: "quiet", icon: "trash", only: true, run: () => revoke(key) }) },
  ], keys, { label: "API keys", keyOf: ({ id }) => id });
  const place = h("div", {});
  draw();
  return panel("API keys", { note: "For programs and scripts, instead of your password.", aside: button("New key", { icon: "plus", run: ask }) }, place);

  function draw() {
    list.update(keys);
    fill(place, keys.length ? list.element : emptyState("key", "No keys yet", "Create one key per program, so that each can be revoked on its own."));
  }

  async function revoke(key) {
    if (!(await confirm("Revoke this key?", `Programs that use “${key.name}” lose access immediately.`, { action: "Revoke", run: () => del(`/keys/${key.id}`) }))) return;
    keys = keys.filter(({ id }) => id !== key.id);
    draw();
  }

  async function ask() {
    const endpoints = await getAll("/endpoints", { signal });
    const name = field("Name", { placeholder: "Nightly predictions", maxlength: 200 });
    const ends = field("Expires", { type: "select", choices: ENDS, value: "" });
    const scopes = SCOPES.map(([scope, text]) => [scope, field(text, { type: "checkbox", checked: true })]);
    const only = endpoints.map((endpoint) => [endpoint.name, field(endpoint.name, { type: "checkbox" })]);
    const narrowed = () => only.filter(([, box]) => box.value()).map(([each]) => each);
    const scopeSet = h("fieldset", {}, h("legend", { class: "field-label" }, "Scopes"), scopes.map(([, box]) => box.element));
    for (const [, box] of only) box.input.addEventListener("input", () => (scopeSet.hidden = narrowed().length > 0));
    openDialog("New API key", (close) => form({ name }, async () => {
      const body = { name: name.value().trim() };
      const chosen = scopes.filter(([, box]) => box.value()).map(([scope]) => scope);
      if (narrowed().length) Object.assign(body, { endpoints: narrowed(), scopes: ["predict"] });
      else if (chosen.length < SCOPES.length) body.scopes = chosen;
      if (ends.value()) body.expires_at = new Date(Date.now() + Number(ends.value()) * DAY_MS).toISOString();
      const { key, ...made } = await post("/keys", body);
      keys = [made, ...keys];
      draw();
      close();
      show(made.name, key);
    },
    name.element, ends.element,
    only.length > 0 && h("fieldset", { class: "key-endpoints" }, h("legend", { class: "field-label" }, "Only for endpoints"),
      h("p", { class: "field-hint" }, "Such a key predicts with these endpoints and can do nothing else."), only.map(([, box]) => box.element)),
    scopeSet,
    h("div", { class: "form-actions" }, button("Cancel", { run: () => close() }), button("Create key", { kind: "primary", type: "submit" }))));
  }

  function show(name, key) {
    openDialog(`API key “${name}”`, [h("p", {}, "Copy the key now. It is not shown again."), copyable(key, "the key")], { actions: [{ label: "Done" }], cancel: null });
  }
}

function scopeWords({ scopes, endpoints }) {
  if (endpoints?.length) return h("span", { class: "clipped", title: endpoints.join(", ") }, `predict with ${endpoints.join(", ")}`);
  return !scopes || scopes.length === SCOPES.length ? "All" : scopes.join(", ");
}
