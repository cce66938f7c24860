// Fetches of a source: how each went, who asked for it, what came, and why one failed.

import { table } from "../../components/table.js";
import { h } from "../../dom.js";
import { ago, dateTime, duration } from "../../format.js";
import { cameWords, fetchBadge, isUnderWay, reasonWords } from "../../source-words.js";

export const fetchTable = () => table(columns, [], { label: "Fetches", keyOf: ({ number }) => number });

const columns = [
  { key: "number", label: "Fetch", cell: ({ number, requested_at: at }) => h("div", { class: "two-lines" }, h("strong", {}, `Fetch ${number}`), h("time", { class: "fine", datetime: at, title: dateTime(at) }, ago(at))) },
  { key: "state", label: "State", cell: fetchBadge },
  { key: "why", label: "Asked for", class: "desk-only", cell: reasonWords },
  { key: "came", label: "Came", class: "desk-only", cell: (fetch) => cameWords(fetch) || "–" },
  { key: "took", label: "Took", number: true, class: "desk-only", cell: ({ started_at: from, ended_at: to }) => (from && to ? duration((Date.parse(to) - Date.parse(from)) / 1000) : "–") },
  { key: "result", label: "Result", class: "wrap", cell: result },
];

function result(fetch) {
  if (fetch.error) return h("div", {}, h("div", { class: "bad-words" }, fetch.error.detail), fetch.error.hint && h("div", { class: "fine" }, fetch.error.hint));
  if (isUnderWay(fetch)) return cameWords(fetch) || "Waits its turn.";
  const link = fetch.dataset_id && h("a", { href: `/datasets/${encodeURIComponent(fetch.dataset_id)}`, "aria-label": `Dataset of fetch ${fetch.number}` }, "Dataset");
  return fetch.state === "unchanged" ? ["Nothing has changed", link && ": ", link] : (link ?? "–");
}
