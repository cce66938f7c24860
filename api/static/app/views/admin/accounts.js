// Accounts: made, locked, given quotas, a role, a new password.

import { h } from "../../dom.js";
import { ago, bytes, dateTime, plural } from "../../format.js";
import { post, put } from "../../server/http.js";
import { badge } from "../../components/badge.js";
import { button } from "../../components/button.js";
import { confirm, openDialog } from "../../components/dialog.js";
import { field, form } from "../../components/field.js";
import { pagedTable } from "../../components/paged.js";
import { toast } from "../../components/toast.js";

const QUOTAS = { datasets: "Datasets", bytes: "Storage (bytes)", running_jobs: "Running trainings", queued_jobs: "Queued or running trainings", streams: "Event streams", endpoints: "Endpoints" };

export async function accountList(signal) {
  const list = await pagedTable("/admin/users", [
    { label: "Username", cell: ({ username }) => h("strong", {}, username) },
    { label: "Role", cell: ({ role }) => (role === "admin" ? badge("administrator", "busy") : "User") },
    { label: "State", cell: ({ locked }) => (locked ? badge("locked", "bad") : badge("active", "good")) },
    { label: "Created", class: "desk-only", cell: ({ created_at: at }) => h("time", { datetime: at, title: dateTime(at) }, ago(at)) },
    { label: "Quotas", class: "desk-only", cell: ({ own_quotas: own, quotas }) => (Object.keys(own).length ? "Custom" : `${plural(quotas.datasets, "dataset")}, ${bytes(quotas.bytes)}`) },
    { label: "", class: "row-actions", cell: actions },
  ], { label: "Accounts", signal });
  return h("div", {}, h("div", { class: "toolbar" }, button("New account", { icon: "plus", run: askNew })), list);

  function actions(account) {
    const path = `/admin/users/${account.id}`;
    return [
      button("Quotas", { kind: "quiet", "aria-label": `Quotas of ${account.username}`, run: () => askQuotas(account, path) }),
      button("Password", { kind: "quiet", "aria-label": `Password of ${account.username}`, run: () => askPassword(account, path) }),
      button(account.role === "admin" ? "Make user" : "Make administrator", { kind: "quiet", run: () => changeRole(account, path) }),
      button(account.locked ? "Unlock" : "Lock", { kind: "quiet", "aria-label": `${account.locked ? "Unlock" : "Lock"} ${account.username}`, run: () => turn(account, path) }),
    ];
  }

  async function turn(account, path) {
    if (account.locked) await post(`${path}/unlock`);
    else if (!(await confirm(`Lock ${account.username}?`, "The account loses access immediately, in every browser and program. Its trainings continue.", { action: "Lock", run: () => post(`${path}/lock`) }))) return;
    await list.reload();
  }

  async function changeRole(account, path) {
    const role = account.role === "admin" ? "user" : "admin";
    const text = role === "admin" ? "Administrators can manage every account, including yours." : "The account loses its administrator rights.";
    if (await confirm(`Make ${account.username} ${role === "admin" ? "an administrator" : "a user"}?`, text, { action: "Change", kind: "primary", run: () => put(`${path}/role`, { role }) })) await list.reload();
  }

  function askNew() {
    const username = field("Username", { autocomplete: "off", autocapitalize: "none", spellcheck: "false" });
    const password = field("Password", { type: "password", autocomplete: "new-password", hint: "At least 8 characters. The user can change it." });
    formDialog("New account", "Create account", { username, password }, async () => {
      await post("/admin/users", { username: username.value().trim(), password: password.value() });
      await list.reload();
    });
  }

  function askPassword({ username }, path) {
    const password = field("New password", { type: "password", autocomplete: "new-password", hint: "The user is signed out everywhere, and API keys are revoked." });
    formDialog(`Password of ${username}`, "Set password", { new_password: password }, async () => {
      await put(`${path}/password`, { new_password: password.value() });
      toast(`${username} has a new password.`, { kind: "good" });
    });
  }

  function askQuotas({ username, own_quotas: own, quotas }, path) {
    const fields = Object.fromEntries(Object.entries(QUOTAS).map(([name, label]) => [name, field(label, { type: "number", min: 0, step: 1, value: own[name] ?? "", placeholder: `${quotas[name]} (default)` })]));
    formDialog(`Quotas of ${username}`, "Set quotas", fields, async () => {
      const wanted = Object.entries(fields).map(([name, each]) => [name, each.value() === "" ? null : Number(each.value())]);
      await put(`${path}/quotas`, Object.fromEntries(wanted));
      await list.reload();
    });
  }
}

function formDialog(title, label, fields, submit) {
  openDialog(title, (close) => form(fields, async () => {
    await submit();
    close();
  },
  Object.values(fields).map(({ element }) => element),
  h("div", { class: "form-actions" }, button("Cancel", { run: () => close() }), button(label, { kind: "primary", type: "submit" }))));
}
