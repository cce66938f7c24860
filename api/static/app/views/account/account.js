// The account: what it has and may have, its API keys, its webhooks, its password, and its end.

import { h } from "../../dom.js";
import { bytes, dateTime, integer, percent, roundDuration } from "../../format.js";
import { del, get, put, signedOut } from "../../server/http.js";
import { button } from "../../components/button.js";
import { openDialog } from "../../components/dialog.js";
import { field, form, isFilled } from "../../components/field.js";
import { facts, pageHead, panel } from "../../components/page.js";
import { toast } from "../../components/toast.js";
import { keyPanel } from "./keys.js";
import { webhookPanel } from "./webhooks.js";

export const title = "Account";

export default async function view({ signal, session }) {
  const [me, keys, webhooks] = await Promise.all([get("/me", { signal }), keyPanel(signal), webhookPanel(signal)]);
  return h(
    "div",
    {},
    pageHead("Account", { lead: `Signed in as ${me.username}. Account created ${dateTime(me.created_at)}.` }),
    usage(me),
    keys,
    webhooks,
    passwordPanel(me),
    endPanel(session),
  );
}

function usage({ quotas, use }) {
  return panel("Usage", {},
    h("div", { class: "meters" },
      meter("Datasets", use.datasets, quotas.datasets, integer),
      quotas.bytes !== undefined && meter("Storage", use.bytes, quotas.bytes, bytes),
      meter("Trainings queued or running", use.queued, quotas.queued_jobs, integer),
      meter("Trainings running", use.running, quotas.running_jobs, integer)),
    facts([
      ["Max. dataset size", bytes(quotas.upload_bytes)],
      ["Max. training time", roundDuration(quotas.time_budget_s)],
    ]));
}

function meter(label, used, most, shown) {
  const share = most ? Math.min(1, used / most) : 0;
  return h("div", { class: "meter" },
    h("div", { class: "meter-words" }, h("span", {}, label), h("span", { class: "tabular" }, `${shown(used)} of ${shown(most)}`)),
    h("div", { class: "bar", role: "meter", "aria-label": label, "aria-valuemin": 0, "aria-valuemax": most, "aria-valuenow": Math.min(used, most), "aria-valuetext": `${shown(used)} of ${shown(most)}, ${percent(share)}` },
      h("div", { class: "bar-fill", style: { transform: `scaleX(${share})` } })));
}

function passwordPanel({ username }) {
  const current = field("Current password", { type: "password", autocomplete: "current-password" });
  const next = field("New password", { type: "password", autocomplete: "new-password", hint: "At least 8 characters." });
  const made = form({ current_password: current, new_password: next }, async () => {
    if (!isFilled(current, "Enter your current password.") || !isFilled(next, "Enter a new password.")) return;
    await put("/me/password", { current_password: current.value(), new_password: next.value() });
    made.reset();
    toast("Password changed. You are signed out everywhere else.", { kind: "good" });
  },
  h("input", { type: "text", autocomplete: "username", value: username, readonly: true, class: "visually-hidden", tabindex: "-1", "aria-hidden": "true" }),
  h("div", { class: "field-row" }, current.element, next.element),
  button("Change password", { type: "submit" }));
  return panel("Password", { note: "Changing it signs you out everywhere else and revokes your API keys." }, made);
}

function endPanel(session) {
  return panel("Delete account", { note: "Deletes all its datasets, trainings, models and predictions. This cannot be undone.",
    aside: button("Delete account", { kind: "danger", run: () => askEnd(session.username) }) });
}

function askEnd(username) {
  const name = field("Enter your username to confirm", { autocomplete: "off", autocapitalize: "none", spellcheck: "false" });
  openDialog("Delete account?", [h("p", {}, "Everything you uploaded and trained will be deleted permanently."), name.element], {
    actions: [{ label: "Delete everything", kind: "danger", run: async () => {
      if (name.value().trim().toLowerCase() !== username.toLowerCase()) {
        name.setError("This is not your username.");
        return false;
      }
      await del("/me");
      signedOut(true);
    } }],
  });
}
