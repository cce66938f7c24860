// How an endpoint is: alarms, the last window in words, windows over time, how it is watched.

import { badge } from "../../components/badge.js";
import { button } from "../../components/button.js";
import { emptyState } from "../../components/empty.js";
import { notice } from "../../components/notice.js";
import { panel } from "../../components/page.js";
import { table } from "../../components/table.js";
import { h } from "../../dom.js";
import { alarmName, alarmTone } from "../../endpoint-words.js";
import { ago, dateTime, integer, plural } from "../../format.js";
import { get, sleep } from "../../server/http.js";
import { driftMap } from "./drift-map.js";
import { BLIND_SPOT, classifierWords, driftWords, performanceWords, spanWords, trafficOf, unticked, watchWords } from "./health-words.js";
import { openMonitorSettings } from "./monitor-settings.js";
import { performancePlot, trafficPlot } from "./performance-plots.js";
import { askWindow, openWindow } from "./window-detail.js";

const NEWEST = 40;
const MOST_ALARMS = 50;
const EVERY_MS = 10_000;

/** @param life  says when this tab was made anew: nobody looks at this one any more */
export async function healthTab(open, signal, life) {
  const place = h("div", { tabindex: "-1" });
  let size = NEWEST;
  let shown = null;

  async function draw() {
    const [monitor, page, alarms] = await Promise.all([
      get(`${open.path}/monitor`, { signal, raw: true }).then(async (response) => ({ tag: response.headers.get("ETag"), ...(await response.json()) })),
      get(`${open.path}/windows?page_size=${size}`, { signal }),
      get(`${open.path}/alarms?page_size=${MOST_ALARMS}`, { signal }),
    ]);
    const { state, ...settings } = monitor;
    const seen = JSON.stringify([settings, page, alarms.items, page.items.length === 0 && state.last_request_at]);
    if (seen === shown) return;
    shown = seen;
    const more = page.next_page_token && size < 200 && button("Show older", { run: () => {
      size = Math.min(200, size * 2);
      return draw();
    } });
    renew(place, whole({ open, signal, monitor, windows: page.items, alarms: alarms.items, more, again: draw }));
  }

  await draw();
  watch();
  return place;

  /** As long as it is seen: a window that was worked out meanwhile comes by itself. */
  async function watch() {
    for (;;) {
      await sleep(EVERY_MS, life);
      if (life.aborted) return;
      if (!place.isConnected) continue;
      try {
        await draw();
      } catch (error) {
        if (signal.aborted || error.status === 401 || error.status === 404) return; // else the next look shows it
      }
    }
  }
}

/** Put the content in place of what is there; whoever has the focus on a button finds it on the same one. */
function renew(place, content) {
  const focused = place.contains(document.activeElement) ? nameOf(document.activeElement) : null;
  place.replaceChildren(content);
  if (focused !== null) ([...place.querySelectorAll("button")].find((each) => nameOf(each) === focused) ?? place).focus({ preventScroll: true });
}

const nameOf = (element) => element.getAttribute("aria-label") ?? element.title + element.textContent;

function whole({ open, signal, monitor, windows, alarms, more, again }) {
  const actions = [
    button("Settings", { icon: "edit", run: () => openMonitorSettings({ open, monitor, signal, onDone: again }) }),
    button("Work out now", { icon: "play", run: () => askWindow({ open, monitor, signal, onDone: again }) }),
  ];
  const own = windows.some(({ scheduled }) => scheduled) ? windows.filter(({ scheduled }) => scheduled) : windows;
  const told = own.filter(({ state }) => state === "ready").reverse();
  const compared = told.filter(({ inputs }) => inputs);
  return h("div", { class: "stack" },
    now({ open, monitor, windows, alarms, actions, signal }),
    told.length > 0 && h("div", { class: "figures" },
      panel("Performance", { note: BLIND_SPOT }, performancePlot(told) ?? h("p", { class: "muted" }, "No window says how good the predictions are yet.")),
      panel("Requests", { note: `${plural(told.length, "window")}, the newest at the right.` }, trafficPlot(told))),
    compared.length > 0 && panel("Drift by column", { note: "How far each column is from the training rows. Choose a time to see that window." }, driftMap(compared, (window) => openWindow(open, window, signal))),
    alarms.length > 0 && panel("Alarms", { note: "Each has a beginning and an end." }, alarmTable(alarms)),
    windows.length > 0 && panel("Windows", {}, windowTable(open, windows, signal), h("div", { class: "list-foot" }, more)));
}

function now({ open, monitor, windows, alarms, actions, signal }) {
  const last = windows.find(({ state, inputs }) => state === "ready" && inputs) ?? windows.find(({ state }) => state === "ready");
  const aside = h("div", { class: "row-gap" }, actions);
  const watched = watchWords(monitor);
  if (!last) return panel("", {}, emptyState("activity", "No windows yet", `${watched} It takes ${integer(monitor.min_rows)} requests in a window.${monitor.state.last_request_at ? ` The newest request came ${ago(monitor.state.last_request_at)}.` : ""}`, actions));
  const lasting = alarms.filter(({ ended_at: ended }) => !ended);
  return h("div", { class: "stack" },
    lasting.map((alarm) => notice(alarmTone(alarm.kind), `${capital(alarmName(alarm.kind))}, since ${dateTime(alarm.since)}`, alarm.detail)),
    panel("The last window", { note: spanWords(last), aside }, h("div", { class: "stack" },
      h("ul", { class: "said of-window" }, said(last).map((words) => h("li", {}, words))),
      last.performance?.estimated?.trust === "low" && notice("warn", "The estimate is not to be trusted here.", last.performance.estimated.why),
      h("div", { class: "row-gap" }, button("See all of it", { class: "btn-small", run: () => openWindow(open, last, signal) })),
      h("p", { class: "fine" }, watched))));
}

const said = (window) => [`${trafficOf(window)}.`, driftWords(window), window.predictions && window.predictions.why, ...performanceWords(window), classifierWords(window), unticked(window.why)].filter(Boolean);

const capital = (text) => text.slice(0, 1).toUpperCase() + text.slice(1);

const alarmTable = (alarms) => table([
  { key: "kind", label: "Alarm", cell: ({ kind, ended_at: ended }) => badge(alarmName(kind), ended ? "calm" : alarmTone(kind)) },
  { key: "since", label: "Began", cell: ({ since }) => h("time", { datetime: since }, dateTime(since)) },
  { key: "until", label: "Ended", cell: ({ until, ended_at: ended }) => (ended ? h("time", { datetime: until ?? ended }, dateTime(until ?? ended)) : h("strong", {}, "open")) },
  { key: "detail", label: "What it says", class: "wrap", cell: ({ detail }) => detail },
], alarms, { label: "Alarms", keyOf: ({ id }) => id }).element;

const STATES = { queued: ["being worked out", "busy"], failed: ["failed", "bad"] };

const windowTable = (open, windows, signal) => table([
  { key: "to", label: "Window", cell: (window) => h("div", { class: "two-lines" }, button(dateTime(window.to), { kind: "link", "aria-label": `Window that ends ${dateTime(window.to)}`, run: () => openWindow(open, window, signal) }), h("span", { class: "fine" }, `from ${dateTime(window.from)}`)) },
  { key: "rows", label: "Requests", number: true, cell: ({ rows }) => integer(rows) },
  { key: "labelled", label: "With truth", number: true, class: "desk-only", cell: ({ labelled }) => integer(labelled) },
  { key: "drifted", label: "Drifted columns", number: true, class: "desk-only", cell: ({ inputs, columns }) => (inputs ? integer(columns.filter(({ drifted }) => drifted).length) : "–") },
  {
    key: "says", label: "Says", class: "wrap",
    cell: ({ state, alarms, why, error, inputs }) => (STATES[state] ? h("div", { class: "row-gap" }, badge(...STATES[state]), error?.detail) : alarms.length ? h("div", { class: "row-gap" }, alarms.map(({ kind }) => badge(alarmName(kind), alarmTone(kind)))) : unticked(why) || (inputs ? "as in training" : "–")),
  },
  { key: "worked", label: "Worked out", class: "desk-only", cell: ({ worked }) => (worked.at ? h("span", { title: dateTime(worked.at) }, `${ago(worked.at)}${worked.times > 1 ? `, ${worked.times} times` : ""}`) : "–") },
], windows, { label: "Windows", keyOf: ({ id }) => id }).element;
