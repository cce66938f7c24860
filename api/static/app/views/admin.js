// For administrators: accounts, everybody's trainings, the audit log.

import { h } from "../dom.js";
import { ago, dateTime, duration, integer } from "../format.js";
import { get } from "../http.js";
import { badge, stateBadge } from "../components/badge.js";
import { pagedTable } from "../components/paged.js";
import { pageHead } from "../components/page.js";
import { tabs } from "../components/tabs.js";
import { accountList } from "./admin/accounts.js";

export const title = "Administration";

export default async function view({ signal }) {
  await get("/admin/users?page_size=1", { signal }); // who may not gets the problem page
  return h("div", {},
    pageHead("Administration", { lead: "All accounts of this server, and what is done with them." }),
    tabs([
      { id: "accounts", label: "Accounts", make: () => accountList(signal) },
      { id: "jobs", label: "Trainings", make: () => pagedTable("/admin/jobs", JOBS, { label: "Everybody's trainings", signal, empty: "Nobody has trained anything yet." }) },
      { id: "audit", label: "Audit log", make: () => pagedTable("/admin/audit", AUDIT, { label: "Audit log", signal, empty: "Nothing was done yet." }) },
    ], { label: "Administration" }));
}

const when = (at) => h("time", { datetime: at, title: dateTime(at) }, ago(at));

const JOBS = [
  { label: "Who", cell: ({ username }) => h("strong", {}, username) },
  { label: "Predicts", cell: ({ target }) => target },
  { label: "State", cell: ({ state }) => stateBadge(state) },
  { label: "Begun", cell: ({ created_at: at }) => when(at) },
  { label: "Models tried", number: true, cell: ({ progress }) => integer(progress.trials_done) },
  { label: "Time given", number: true, cell: ({ time_budget_s: budget }) => duration(budget) },
];

const AUDIT = [
  { label: "When", cell: ({ at }) => when(at) },
  { label: "Who", cell: ({ actor }) => h("code", {}, actor) },
  { label: "Call", cell: ({ action }) => action },
  { label: "Of", class: "wide-cell", cell: ({ subject }) => subject },
  { label: "Answer", cell: ({ status }) => badge(status, status < 400 ? "good" : status < 500 ? "warn" : "bad") },
  { label: "From", cell: ({ remote }) => remote },
];
