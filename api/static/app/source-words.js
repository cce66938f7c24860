// Sources in words: what kinds there are, where one is, how a fetch went and who asked for it.

import { badge } from "./components/badge.js";
import { h } from "./dom.js";
import { ago, bytes, dateTime, plural, roundDuration } from "./format.js";

export const KINDS = { http: "URL", sql: "Database query", bucket: "Bucket", endpoint: "Requests of an endpoint" };

const FETCH_STATES = {
  waiting: ["waiting", "calm"],
  fetching: ["fetching", "busy"],
  ready: ["new data", "good"],
  unchanged: ["unchanged", "calm"],
  failed: ["failed", "bad"],
};

export const isUnderWay = (fetch) => fetch?.state === "waiting" || fetch?.state === "fetching";

export const fetchBadge = ({ state }) => badge(...(FETCH_STATES[state] ?? [state, "calm"]));

/** Where its data are: an address, or the endpoint whose requests they are. */
export function whereWords(source) {
  if (source.kind !== "endpoint") return source.url;
  return `${source.labelled ? "labelled requests" : "requests"} of ${source.endpoint}, the last ${source.window}`;
}

const REASONS = {
  manual: "asked for by hand",
  time: "by its schedule",
  job: "for a training",
  run: "for a run of a pipeline",
  event: "after an event",
  url: "for a dataset",
  retry: "tried again",
};

/** Who or what asked for a fetch. */
export const reasonWords = ({ why }) => REASONS[why.kind] ?? why.kind;

/** What came: "1,204 rows, 2.3 MB"; while it comes, what has come so far. */
export function cameWords({ state, rows, bytes: size }) {
  if (state === "waiting" || (state === "unchanged" && !size)) return "";
  const words = [rows !== null && plural(rows, "row"), size > 0 && bytes(size)].filter(Boolean).join(", ");
  return state === "fetching" ? (size ? `${bytes(size)} so far` : "connecting") : words;
}

/** The badge of the newest fetch, and below it when that was, or why it failed. */
export function newestFetch({ last_fetch: fetch }) {
  if (!fetch) return h("span", { class: "fine" }, "not fetched yet");
  const at = fetch.ended_at ?? fetch.requested_at;
  const words = fetch.error ? fetch.error.detail : isUnderWay(fetch) ? cameWords(fetch) : ago(at);
  return h("div", { class: "two-lines" }, fetchBadge(fetch), words && h("span", { class: "fine clipped", title: fetch.error?.detail ?? dateTime(at) }, words));
}

/** When a training has them fetched first. */
export const ageWords = (seconds) => (seconds ? `fetched if older than ${roundDuration(seconds)}` : "fetched each time");
