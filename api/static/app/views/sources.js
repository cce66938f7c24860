// All sources: where data come from by themselves, how the newest fetch went, when the next one is. And the secrets.

import { button } from "../components/button.js";
import { emptyState } from "../components/empty.js";
import { liveList } from "../components/live-list.js";
import { pageHead } from "../components/page.js";
import { table } from "../components/table.js";
import { h } from "../dom.js";
import { dateTime } from "../format.js";
import { scheduleWords, zonedTime } from "../schedule/words.js";
import { KINDS, isUnderWay, newestFetch, whereWords } from "../source-words.js";
import { openSourceForm } from "./source/form.js";
import { secretPanel } from "./source/secrets.js";

export const title = "Sources";

const BUSY_MS = 1500;
const IDLE_MS = 10_000;

export default async function view({ query, signal, navigate }) {
  const sources = liveList("/sources", { signal, query, everyMs: (items) => (items.some(({ last_fetch: fetch }) => isUnderWay(fetch)) ? BUSY_MS : IDLE_MS), onItems: draw });
  const list = table(columns, [], { label: "Sources", keyOf: ({ id }) => id, href: addressOf });
  const full = h("div", { class: "stack" }, list.element, h("div", { class: "list-foot" }, sources.more));
  const secrets = await secretPanel(signal);
  const create = (kind) => button("New source", { kind, icon: "plus", run: () => openSourceForm({ signal, onDone: ({ id }) => navigate(`/sources/${id}`), onSecret: secrets.reload }) });
  const add = create("primary");
  const empty = emptyState("source", "No sources yet",
    "A source says where data are: a file behind a URL, a query of a database, files in a bucket, an endpoint's own requests. They are fetched when they are needed, or by a schedule.",
    create("primary"));
  await sources.start();
  return h("div", {}, pageHead("Sources", { lead: "Data that come by themselves, and become datasets.", actions: [add] }), full, empty, secrets.element);

  function draw(items) {
    full.hidden = add.hidden = items.length === 0;
    empty.hidden = !full.hidden;
    list.update(items);
  }
}

const addressOf = ({ id }) => `/sources/${encodeURIComponent(id)}`;

const columns = [
  {
    key: "name", label: "Source", class: "wide-cell",
    cell: (source) => h("div", { class: "two-lines" }, h("a", { class: "strong-link clipped", href: addressOf(source) }, source.name), h("span", { class: "fine clipped", title: whereWords(source) }, whereWords(source))),
  },
  { key: "kind", label: "Kind", class: "desk-only", cell: ({ kind }) => KINDS[kind] },
  { key: "fetch", label: "Newest fetch", class: "fetch-cell", cell: newestFetch },
  {
    key: "refresh", label: "Fetched", class: "desk-only refresh-cell",
    cell: ({ refresh, refresh_words: words, next_at: next }) => refresh
      ? h("div", { class: "two-lines" }, h("span", { class: "clipped", title: words }, words ? scheduleWords(words, refresh.timezone) : refresh.cron), next && h("time", { class: "fine", datetime: next, title: dateTime(next) }, `next ${zonedTime(next, refresh.timezone)}`))
      : "when it is needed",
  },
  { key: "data", label: "Data", class: "desk-only", cell: ({ dataset_id: id, name }) => (id ? h("a", { href: `/datasets/${encodeURIComponent(id)}`, "aria-label": `Newest dataset of ${name}` }, "Newest dataset") : "–") },
];
