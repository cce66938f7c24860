// The account: what it has and may have, its password, its API keys, and its end.

import { h } from "../dom.js";
import { bytes, dateTime, integer, percent, roundDuration } from "../format.js";
import { del, get, put, signedOut } from "../http.js";
import { button } from "../components/button.js";
import { openDialog } from "../components/dialog.js";
import { field, form, isFilled } from "../components/field.js";
import { facts, pageHead, panel } from "../components/page.js";
import { toast } from "../components/toast.js";
import { keyPanel } from "./account/keys.js";

export const title = "Account";

export default async function view({ signal, session }) {
  const [me, keys] = await Promise.all([get("/me", { signal }), keyPanel(signal)]);
  return h(
    "div",
    {},
    pageHead("Account", { lead: `Signed in as ${me.username}, since ${dateTime(me.created_at)}.` }),
    usage(me),
    keys,
    passwordPanel(me),
    endPanel(session),
  );
}

function usage({ quotas, use }) {
  return panel("Use", {},
    h("div", { class: "meters" },
      meter("Tables", use.datasets, quotas.datasets, integer),
      quotas.bytes !== undefined && meter("Storage", use.bytes, quotas.bytes, bytes),
      meter("Trainings waiting or running", use.queued, quotas.queued_jobs, integer),
      meter("Trainings at once", use.running, quotas.running_jobs, integer)),
    facts([
      ["Largest table", bytes(quotas.upload_bytes)],
      ["Longest training", roundDuration(quotas.time_budget_s)],
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
  const current = field("Present password", { type: "password", autocomplete: "current-password" });
  const next = field("New password", { type: "password", autocomplete: "new-password", hint: "At least 8 characters." });
  const made = form({ current_password: current, new_password: next }, async () => {
    if (!isFilled(current, "Type your present password.") || !isFilled(next, "Type a new password.")) return;
    await put("/me/password", { current_password: current.value(), new_password: next.value() });
    made.reset();
    toast("The password is changed. Everywhere else you are signed out.", { kind: "good" });
  },
  h("input", { type: "text", autocomplete: "username", value: username, readonly: true, class: "visually-hidden", tabindex: "-1", "aria-hidden": "true" }),
  h("div", { class: "field-row" }, current.element, next.element),
  button("Change password", { type: "submit" }));
  return panel("Password", { note: "Every other browser and program is signed out, and API keys stop working." }, made);
}

function endPanel(session) {
  return panel("Delete the account", { note: "With all its tables, trainings, models and predictions. This cannot be undone.",
    aside: button("Delete the account", { kind: "danger", run: () => askEnd(session.username) }) });
}

function askEnd(username) {
  const name = field("To be sure, type your user name", { autocomplete: "off", autocapitalize: "none", spellcheck: "false" });
  openDialog("Delete the account?", [h("p", {}, "Everything you uploaded and trained will be gone for good."), name.element], {
    actions: [{ label: "Delete everything", kind: "danger", run: async () => {
      if (name.value().trim().toLowerCase() !== username.toLowerCase()) {
        name.setError("That is not your user name.");
        return false;
      }
      await del("/me");
      signedOut(true);
    } }],
  });
}
