// One source: where its data are and when they are fetched, what is there now, its fetches, live.

import { button, linkButton } from "../components/button.js";
import { confirm } from "../components/dialog.js";
import { liveList } from "../components/live-list.js";
import { facts, pageHead, panel } from "../components/page.js";
import { toast } from "../components/toast.js";
import { fill, h } from "../dom.js";
import { dateTime } from "../format.js";
import { scheduleWords, zonedTime } from "../schedule/words.js";
import { del, get, post } from "../server/http.js";
import { KINDS, ageWords, fetchBadge, isUnderWay, whereWords } from "../source-words.js";
import { checkPanel } from "./source/check.js";
import { fetchTable } from "./source/fetches.js";
import { openSourceForm } from "./source/form.js";

export const title = "Source";

const BUSY_MS = 1000;
const IDLE_MS = 4000;

export default async function view({ params, signal, navigate, setTitle }) {
  const path = `/sources/${encodeURIComponent(params.id)}`;
  let source = await get(path, { signal });
  let shown = stateOf(source.last_fetch);
  const head = h("div", {});
  const about = h("div", {});
  const check = checkPanel(path);
  const list = fetchTable();
  const none = h("p", { class: "muted" }, "It has not been fetched yet.");
  const fetches = liveList(`${path}/fetches`, {
    signal, keyOf: ({ number }) => number, everyMs: ([newest]) => (isUnderWay(newest) ? BUSY_MS : IDLE_MS), onItems: take,
  });
  draw();
  await fetches.start();
  return h("div", {}, head, about, check.element, panel("Fetches", { note: "Each makes a dataset, or finds that nothing has changed." }, none, list.element, h("div", { class: "list-foot" }, fetches.more)));

  /** Fetches as they are now; of the newest the source tells more once it has moved on. */
  async function take(items) {
    list.update(items);
    list.element.hidden = items.length === 0;
    none.hidden = items.length > 0;
    const now = stateOf(items[0]);
    if (now === shown) return;
    shown = now;
    source = await get(path, { signal });
    draw();
  }

  async function fetchNow() {
    const fetch = await post(`${path}/fetch`);
    await fetches.put(fetch);
    toast(fetch.state === "waiting" ? "It is fetched as soon as it is its turn." : "It is being fetched already.");
  }

  async function remove() {
    if (!(await confirm(`Delete ${source.name}?`, "The list of its fetches is deleted, too. Its datasets stay.", { run: () => del(path) }))) return;
    navigate("/sources", { replace: true });
  }

  function changed(next) {
    source = next;
    check.clear();
    draw();
    toast("Saved.", { kind: "good" });
  }

  function draw() {
    setTitle(source.name);
    const { dataset_id: data, last_fetch: last } = source;
    fill(head, pageHead(source.name, {
      back: ["/sources", "Sources"],
      badge: last && fetchBadge(last),
      lead: h("span", { class: "where" }, whereWords(source)),
      actions: [
        button("Fetch now", { kind: data ? "plain" : "primary", icon: "retry", run: fetchNow }),
        source.kind !== "endpoint" && button("Check", { icon: "search", title: "Reach it, and show its first rows. Nothing is kept.", run: check.run }),
        button("Change", { icon: "edit", run: () => openSourceForm({ source, signal, onDone: changed }) }),
        button("Delete", { kind: "quiet", icon: "trash", only: true, run: remove }),
        data && linkButton("Train on it", `/datasets/${encodeURIComponent(data)}/train`, { kind: "primary", icon: "target" }),
      ],
    }));
    fill(about, panel(null, {}, facts(factsOf(source))));
  }
}

const stateOf = (fetch) => (fetch ? `${fetch.number} ${fetch.state}` : "");

function factsOf(source) {
  const { refresh, refresh_words: words, next_at: next, dataset_id: data } = source;
  return [
    ["Kind", KINDS[source.kind]],
    ["Fetched", refresh ? `${words ? scheduleWords(words, refresh.timezone) : refresh.cron}${next ? `, next ${zonedTime(next, refresh.timezone)}` : ""}` : "When it is needed"],
    ["Before a training", ageWords(source.max_age_s)],
    source.kind !== "endpoint" && ["A fetch brings", source.mode === "append" ? "further rows" : "all rows"],
    source.key.length > 0 && ["A row is named by", source.key.join(", ")],
    source.cursor && ["Only rows beyond", `the greatest ${source.cursor.column} so far`],
    ["Data", data ? h("a", { href: `/datasets/${encodeURIComponent(data)}` }, "Newest dataset") : "None yet"],
    ["Created", dateTime(source.created_at)],
  ];
}
