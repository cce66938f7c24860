// For administrators: accounts, everybody's trainings, the audit log.

import { h } from "../../dom.js";
import { ago, dateTime, duration, integer } from "../../format.js";
import { get } from "../../server/http.js";
import { badge, stateBadge } from "../../components/badge.js";
import { pagedTable } from "../../components/paged.js";
import { pageHead } from "../../components/page.js";
import { tabs } from "../../components/tabs.js";
import { accountList } from "./accounts.js";

export const title = "Administration";

export default async function view({ signal }) {
  await get("/admin/users?page_size=1", { signal }); // who may not gets the problem page
  return h("div", {},
    pageHead("Administration", { lead: "All accounts, trainings and audited actions on this server." }),
    tabs([
      { id: "accounts", label: "Accounts", make: () => accountList(signal) },
      { id: "jobs", label: "Trainings", make: () => pagedTable("/admin/jobs", JOBS, { label: "Trainings of all accounts", signal, empty: "No trainings yet." }) },
      { id: "audit", label: "Audit log", make: () => pagedTable("/admin/audit", AUDIT, { label: "Audit log", signal, empty: "No entries yet." }) },
    ], { label: "Administration" }));
}

const when = (at) => h("time", { datetime: at, title: dateTime(at) }, ago(at));

const JOBS = [
  { label: "User", cell: ({ username }) => h("strong", {}, username) },
  { label: "Target", cell: ({ target }) => target },
  { label: "State", cell: ({ state }) => stateBadge(state) },
  { label: "Started", cell: ({ created_at: at }) => when(at) },
  { label: "Models tried", number: true, cell: ({ progress }) => integer(progress.trials_done) },
  { label: "Time budget", number: true, cell: ({ time_budget_s: budget }) => duration(budget) },
];

const AUDIT = [
  { label: "Time", cell: ({ at }) => when(at) },
  { label: "Actor", cell: ({ actor }) => h("code", {}, actor) },
  { label: "Action", cell: ({ action }) => action },
  { label: "Subject", class: "wide-cell", cell: ({ subject }) => subject },
  { label: "Status", cell: ({ status }) => badge(status, status < 400 ? "good" : status < 500 ? "warn" : "bad") },
  { label: "Address", cell: ({ remote }) => remote },
];
