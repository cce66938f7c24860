// Webhooks: addresses that are told of what happens. A secret is shown once; each has a log of what it was told.

import { badge } from "../../components/badge.js";
import { button } from "../../components/button.js";
import { copyable } from "../../code/copy.js";
import { confirm, openDialog } from "../../components/dialog.js";
import { emptyState } from "../../components/empty.js";
import { field, form, isFilled } from "../../components/field.js";
import { panel } from "../../components/page.js";
import { table } from "../../components/table.js";
import { toast } from "../../components/toast.js";
import { fill, h } from "../../dom.js";
import { ago, dateTime } from "../../format.js";
import { del, getAll, patch, post } from "../../server/http.js";
import { showDeliveries } from "./deliveries.js";

const EVENTS = [
  ["job.*", "Trainings end"], ["dataset.*", "Datasets are ready or rejected"], ["prediction.*", "Stored predictions are ready"], ["evaluation.*", "Tests on new data are done"],
  ["version.*", "Versions are registered"], ["alias.*", "Aliases move: promotion"], ["traffic.*", "Traffic is shared out"], ["rollback", "Endpoints are rolled back"], ["monitor.*", "Monitors raise alarms, or recover"],
];
const MAIL = "mailto:";
const pathOf = ({ id }) => `/webhooks/${encodeURIComponent(id)}`;

export async function webhookPanel(signal) {
  let hooks = await getAll("/webhooks", { signal });
  const change = (changed) => draw(hooks.map((each) => (each.id === changed.id ? changed : each)));
  const list = table(columns({ change, remove, confirmMail, signal }), hooks, { label: "Webhooks", keyOf: ({ id }) => id });
  const place = h("div", {});
  draw(hooks);
  const element = panel("Webhooks", { note: "Servers and mail addresses that are told when something happens, signed as Standard Webhooks say.", aside: button("New webhook", { icon: "plus", run: ask }) }, place);
  element.id = "webhooks";
  return element;

  function draw(next) {
    hooks = next;
    list.update(hooks);
    fill(place, hooks.length ? list.element : emptyState("endpoint", "No webhooks yet", "Have your programs told when a training ends, a version is promoted or a monitor raises an alarm."));
  }

  async function remove(hook) {
    if (await confirm("Delete this webhook?", `${hook.url} is told nothing more, and its log is deleted.`, { run: () => del(pathOf(hook)) })) draw(hooks.filter(({ id }) => id !== hook.id));
  }

  function confirmMail(hook) {
    const code = field("Code", { autocomplete: "one-time-code", hint: `It was sent to ${hook.url.slice(MAIL.length)}.` });
    openDialog("Confirm the address", (close) => form({ code }, async () => {
      if (!isFilled(code, "Enter the code of the mail.")) return;
      change(await post(`${pathOf(hook)}/confirm`, { code: code.value().trim() }));
      close();
    }, code.element, h("div", { class: "form-actions" }, button("Cancel", { run: () => close() }), button("Confirm", { kind: "primary", type: "submit" }))));
  }

  async function ask() {
    const endpoints = await getAll("/endpoints", { signal });
    const url = field("Address", { placeholder: "https://example.org/hook", autocomplete: "off", autocapitalize: "none", spellcheck: "false", maxlength: 2000, hint: "Or mailto: and an address, where this service sends mail." });
    const events = EVENTS.map(([family, text]) => [family, field(text, { type: "checkbox" })]);
    const endpoint = field("Only about the endpoint", { type: "select", choices: [["", "All endpoints, and all else"], ...endpoints.map(({ name }) => name)], value: "" });
    const note = field("Note (optional)", { maxlength: 500 });
    openDialog("New webhook", (close) => form({ url, endpoint, note }, async () => {
      if (!isFilled(url, "Enter an address.")) return;
      const chosen = events.filter(([, box]) => box.value()).map(([family]) => family);
      const { secret, ...made } = await post("/webhooks", { url: url.value().trim(), events: chosen.length ? chosen : ["*"], endpoint: endpoint.value() || null, note: note.value().trim() });
      draw([made, ...hooks]);
      close();
      if (secret) openDialog("Secret of the webhook", [h("p", {}, "It verifies the signatures of requests. Copy it now: it is not shown again."), copyable(secret, "the secret")], { actions: [{ label: "Done" }], cancel: null });
    },
    url.element,
    h("fieldset", {}, h("legend", { class: "field-label" }, "Tell it when"), h("div", { class: "checks" }, events.map(([, box]) => box.element)), h("p", { class: "field-hint" }, "Nothing chosen: of everything.")),
    endpoints.length > 0 && endpoint.element, note.element,
    h("div", { class: "form-actions" }, button("Cancel", { run: () => close() }), button("Create webhook", { kind: "primary", type: "submit" }))));
  }
}

const columns = ({ change, remove, confirmMail, signal }) => [
  { label: "Address", class: "wide-cell", cell: ({ url, note, endpoint }) => h("div", { class: "two-lines" }, h("strong", { class: "clipped", title: url }, url), (note || endpoint) && h("span", { class: "fine clipped", title: note }, [endpoint && `about ${endpoint}`, note].filter(Boolean).join(": "))) },
  { label: "Events", class: "desk-only", cell: ({ events }) => h("span", { class: "clipped", title: events.join(", ") }, events.includes("*") ? "All" : events.join(", ")) },
  { label: "State", cell: state },
  { label: "Created", class: "desk-only", cell: ({ created_at: at }) => h("time", { datetime: at, title: dateTime(at) }, ago(at)) },
  { label: "", class: "row-actions", cell: (hook) => h("div", { class: "row-gap" },
    !hook.confirmed && button("Confirm", { class: "btn-small", run: () => confirmMail(hook) }),
    hook.confirmed && !hook.enabled && button("Switch on", { class: "btn-small", run: async () => change(await patch(pathOf(hook), { enabled: true })) }),
    hook.confirmed && hook.enabled && button("Test", { class: "btn-small", run: async () => {
      await post(`${pathOf(hook)}/test`);
      toast("A test is on its way; the log shows what becomes of it.");
      await showDeliveries(hook, signal);
    } }),
    button(`Log of ${hook.url}`, { kind: "quiet", icon: "activity", only: true, run: () => showDeliveries(hook, signal) }),
    hook.confirmed && hook.enabled && button(`Switch off ${hook.url}`, { kind: "quiet", icon: "stop", only: true, class: "desk-only", run: async () => change(await patch(pathOf(hook), { enabled: false })) }),
    button(`Delete ${hook.url}`, { kind: "quiet", icon: "trash", only: true, run: () => remove(hook) })) },
];

function state({ enabled, confirmed, failing_since: since, disabled }) {
  if (!confirmed) return badge("not confirmed", "warn");
  if (!enabled) return h("span", { title: disabled?.detail }, badge("off", "calm"));
  return since ? h("span", { title: `since ${dateTime(since)}` }, badge("failing", "bad")) : badge("on", "good");
}
