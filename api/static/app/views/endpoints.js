// All endpoints: health at a glance, what each serves and how good it is, what changed last.

import { button, linkButton } from "../components/button.js";
import { emptyState } from "../components/empty.js";
import { liveList } from "../components/live-list.js";
import { pageHead } from "../components/page.js";
import { table } from "../components/table.js";
import { h } from "../dom.js";
import { CHAMPION, alarmName, changeWords, healthBadge, trafficWords } from "../endpoint-words.js";
import { ago, dateTime, plural } from "../format.js";
import { championsOf } from "../server/known-models.js";
import { openProduction } from "./endpoint/production.js";
import { scoreWords } from "./model/trust.js";

export const title = "Endpoints";

const EVERY_MS = 15_000;

export default async function view({ query, signal, navigate }) {
  let models = new Map();
  const endpoints = liveList("/endpoints", { signal, query, keyOf: ({ name }) => name, everyMs: () => EVERY_MS, onItems: draw });
  const list = table(columns(() => models), [], { label: "Endpoints", keyOf: ({ name }) => name, href: ({ name }) => addressOf(name) });
  const none = h("p", { class: "muted", role: "status" }, "No endpoint is like that.");
  const full = h("div", {}, h("div", { class: "filter-bar" }, endpoints.search("Find an endpoint")), none, h("div", { class: "stack" }, list.element, h("div", { class: "list-foot" }, endpoints.more)));
  const create = (kind) => button("New endpoint", { kind, icon: "plus", run: () => openProduction({ signal, navigate }) });
  const add = create("primary");
  const empty = emptyState("endpoint", "No endpoints yet",
    "An endpoint is an address that stays while the model behind it changes: put a model into production, replace it by a better one, roll back in one click.",
    create("primary"), linkButton("Models", "/models"));

  await endpoints.start();
  return h("div", {}, pageHead("Endpoints", { lead: "Models in production, each under an address that stays.", actions: [add] }), full, empty);

  async function draw(items) {
    models = await championsOf(items, signal);
    full.hidden = add.hidden = items.length === 0 && !endpoints.isFiltered();
    empty.hidden = !full.hidden;
    none.hidden = items.length > 0;
    list.element.hidden = items.length === 0;
    list.update(items);
  }
}

const addressOf = (name) => `/endpoints/${encodeURIComponent(name)}`;

const columns = (models) => [
  {
    key: "name", label: "Endpoint", class: "wide-cell",
    cell: (endpoint) => {
      const model = models().get(endpoint.name);
      return h("div", { class: "two-lines" }, h("a", { class: "strong-link", href: addressOf(endpoint.name) }, endpoint.name), h("span", { class: "fine" }, endpoint.note || (model ? `predicts ${model.target}` : "no version yet")));
    },
  },
  { key: "health", label: "Health", class: "health-cell", cell: healthCell },
  {
    key: "champion", label: "Serves",
    cell: (endpoint) => {
      const model = models().get(endpoint.name);
      if (!endpoint.aliases[CHAMPION]) return "–";
      return h("div", { class: "two-lines" }, h("span", {}, `Version ${endpoint.aliases[CHAMPION]}`), model && h("span", { class: "fine" }, scoreWords(model)));
    },
  },
  { key: "traffic", label: "Traffic", class: "traffic-cell desk-only", cell: ({ traffic, aliases }) => (aliases[CHAMPION] ? h("span", { class: "clipped", title: trafficWords(traffic, aliases) }, trafficWords(traffic, aliases)) : "–") },
  {
    key: "change", label: "Last change", class: "change-cell desk-only",
    cell: ({ newest_change: change }) => change && h("div", { class: "two-lines" }, h("time", { datetime: change.at, title: dateTime(change.at) }, ago(change.at)), h("span", { class: "fine clipped", title: changeWords(change) }, changeWords(change))),
  },
];

/** The badge, and beneath it what is alarming, or how much the newest window had to go by. */
function healthCell({ health, alarms = [], last_window: last }) {
  const words = alarms.length ? alarms.map(({ kind }) => alarmName(kind)).join(", ") : last ? `${plural(last.rows, "request")} in the last window` : "";
  return h("div", { class: "two-lines" }, healthBadge(health), words && h("span", { class: "fine clipped", title: alarms.map(({ detail }) => detail).join(" ") || words }, words));
}
