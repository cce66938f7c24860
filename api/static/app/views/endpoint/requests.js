// The requests of an endpoint, each with its truth once that is known: found, opened, labelled, made into a dataset.

import { badge } from "../../components/badge.js";
import { busyWhile, button } from "../../components/button.js";
import { field } from "../../components/field.js";
import { panel } from "../../components/page.js";
import { table } from "../../components/table.js";
import { h } from "../../dom.js";
import { keptWords } from "../../endpoint-words.js";
import { dateTime, number, percent } from "../../format.js";
import { get } from "../../server/http.js";
import { openGather, openLabels } from "./feedback.js";
import { openLogSettings } from "./log-settings.js";
import { openRequest } from "./request.js";

const PAGE = 50;
const SHOWN_CELLS = 3;

export async function requestsTab(open, signal) {
  const filters = filterFields(open);
  const read = () => queryOf(filters);
  let items = [];
  let token = null;
  const list = table(columns(open, (row) => openRequest(open, row, signal, () => list.update(items))), [], { label: "Requests", keyOf: ({ id }) => id });
  const nothing = h("p", { class: "muted" });
  const more = button("Show older", { run: next });

  async function next() {
    const query = new URLSearchParams({ ...read(), page_size: PAGE, ...(token && { page_token: token }) });
    const page = await get(`${open.path}/requests?${query}`, { signal });
    items = [...items, ...page.items];
    token = page.next_page_token;
    list.update(items);
    list.element.hidden = items.length === 0;
    nothing.hidden = items.length > 0;
    nothing.textContent = open.endpoint.kept.on ? (Object.keys(read()).length ? "No request is like that." : "No requests yet. Each is listed here a few seconds after it was answered.") : "Requests are not kept.";
    more.hidden = !token;
  }

  const again = () => {
    items = [];
    token = null;
    return next();
  };
  for (const { input } of Object.values(filters)) input.addEventListener("change", () => void busyWhile(list.element, again));
  await next();
  return h("div", { class: "stack" },
    panel("Requests", {
      note: keptWords(open.endpoint),
      aside: h("div", { class: "row-gap" },
        button("What is kept", { icon: "edit", run: () => openLogSettings(open) }),
        button("Upload the truth", { icon: "upload", run: () => openLabels(open, signal, again) }),
        button("Make a dataset", { icon: "table", run: () => openGather(open, read(), signal) })),
    },
    h("div", { class: "filters" }, Object.values(filters).map(({ element }) => element), button("Reload", { kind: "quiet", icon: "retry", only: true, run: again })),
    list.element, nothing, h("div", { class: "list-foot" }, more)));
}

function filterFields(open) {
  const versions = open.versions.map(({ version }) => [String(version), [`Version ${version}`, ...open.aliasesOf(version)].join(", ")]);
  return {
    from: field("From", { type: "datetime-local" }),
    to: field("Until", { type: "datetime-local" }),
    version: field("Answered by", { type: "select", choices: [["", "Any version"], ...versions] }),
    labelled: field("Truth", { type: "select", choices: [["", "Known or not"], ["true", "Known"], ["false", "Not known"]] }),
  };
}

/** What is asked for: only filters that are set, times with their zone. */
function queryOf({ from, to, version, labelled }) {
  const at = (one) => (one.value() ? new Date(one.value()).toISOString() : "");
  const query = { from: at(from), to: at(to), version: version.value(), labelled: labelled.value() };
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value));
}

/** A number in short, a label as it is. */
const shown = (value) => (typeof value === "number" ? number(value) : String(value ?? "–"));

const columns = (open, onOpen) => [
  { key: "at", label: "Time", cell: (row) => button(dateTime(row.at), { kind: "link", "aria-label": `Request of ${dateTime(row.at)}, ${shown(row.y)}`, run: () => onOpen(row) }) },
  { key: "y", label: "Predicted", cell: ({ y, p }) => h("span", {}, h("strong", {}, shown(y)), p?.length > 0 && h("span", { class: "muted" }, ` ${percent(Math.max(...p))}`)) },
  { key: "label", label: "Truth", cell: truth },
  { key: "v", label: "Version", class: "desk-only", cell: ({ v, alias }) => [String(v), alias].filter(Boolean).join(", ") },
  { key: "key", label: "Key", class: "desk-only", cell: ({ key }) => h("span", { class: "clipped", title: key }, key ?? "–") },
  { key: "x", label: "Inputs", class: "desk-only", cell: ({ x }) => h("span", { class: "clipped" }, Object.entries(x).slice(0, SHOWN_CELLS).map(([name, value]) => `${name}: ${shown(value)}`).join(", ") || "not kept") },
];

function truth({ y, label, label_unresolved: unresolved }) {
  if (unresolved) return h("span", { class: "muted", title: "Its key has a label, and too many later requests to see which is meant." }, "not clear");
  if (label === null || label === undefined) return "–";
  if (typeof y === "number") return h("span", {}, shown(label), h("span", { class: "muted" }, ` off by ${number(Math.abs(label - y), 3)}`));
  return badge(shown(label), String(label) === String(y) ? "good" : "bad");
}
