// One window with all that was found in it; and having one worked out now.

import { badge } from "../../components/badge.js";
import { button } from "../../components/button.js";
import { openDialog } from "../../components/dialog.js";
import { field, form } from "../../components/field.js";
import { histogram } from "../../charts/spark.js";
import { table } from "../../components/table.js";
import { toast } from "../../components/toast.js";
import { h } from "../../dom.js";
import { alarmName } from "../../endpoint-words.js";
import { dateTime, integer, number, percent, plural, TYPES } from "../../format.js";
import { get, post, sleep } from "../../server/http.js";
import { BLIND_SPOT, classifierWords, driftWords, performanceWords, spanWords, trafficOf, unticked } from "./health-words.js";

const HOUR_MS = 3_600_000;
const SPANS = [["1", "hour"], ["6", "6 hours"], ["24", "24 hours"], ["168", "7 days"], ["720", "30 days"]];
const ASK_AGAIN_MS = 1000;
const FINE = 1e6; // shares as counts

/** Show a window of a list, with what lists leave out. */
export async function openWindow(open, { id }, signal) {
  const window = await get(`${open.path}/windows/${encodeURIComponent(id)}`, { signal });
  openDialog(`Window that ends ${dateTime(window.to)}`, content(window), { wide: true });
}

function content(window) {
  const others = Object.entries(window.by_version ?? {}).filter(([, found]) => found.performance);
  const estimated = window.performance?.estimated;
  return h("div", { class: "stack" },
    h("p", { class: "muted" }, `${spanWords(window)}. ${trafficOf(window)}; by version: ${Object.entries(window.versions ?? {}).map(([version, rows]) => `${version}: ${integer(rows)}`).join(", ") || "–"}.`),
    window.error && h("p", {}, window.error.detail),
    window.alarms.length > 0 && h("ul", { class: "plain-list window-alarms" }, window.alarms.map(({ kind, detail }) => h("li", {}, badge(alarmName(kind), "warn"), " ", detail))),
    h("ul", { class: "said of-window" }, [driftWords(window), window.predictions?.why, ...performanceWords(window), classifierWords(window), unticked(window.why)].filter(Boolean).map((words) => h("li", {}, words))),
    estimated && h("p", { class: "fine" }, `${estimated.method}, trust: ${estimated.trust}. ${estimated.why || BLIND_SPOT}`),
    window.performance?.realised && coverage(window.performance.realised),
    others.map(([version, found]) => h("p", {}, h("strong", {}, `Version ${version}: `), performanceWords(found).join(" "))),
    window.columns.length > 0 && columnTable(window.columns));
}

const coverage = ({ method, uncovered }) => h("p", { class: "fine" }, [method && `How the truth was counted: ${method}.`, uncovered > 0 && `Of ${percent(uncovered)} of the requests no truth is known for any with the same answer: about these nothing can be said.`].filter(Boolean).join(" "));

const columnTable = (columns) => table([
  { key: "name", label: "Column", cell: ({ name, type, importance }) => h("div", { class: "two-lines" }, h("span", { class: "clipped", title: name }, name), h("span", { class: "fine" }, [TYPES[type] ?? type, importance > 0 && `importance ${number(importance, 2)}`].filter(Boolean).join(", "))) },
  { key: "drifted", label: "Drift", sort: ({ effect }) => effect, number: true, cell: ({ drifted, effect, p_adjusted: p }) => h("div", { class: "two-lines end" }, h("span", {}, drifted && badge("drifted", "warn"), " ", number(effect, 2)), h("span", { class: "fine" }, p < 0.001 ? "p < 0.001" : `p ${number(p, 2)}`)) },
  { key: "shape", label: "Now, in training", class: "desk-only", cell: ({ name, histogram: shape }) => shapes(name, shape) },
  { key: "quality", label: "Data quality", class: "wrap", cell: quality },
], columns, { label: "Columns", keyOf: ({ name }) => name }).element;

function shapes(name, { window: now = [], reference = [] } = {}) {
  const small = (shares, label) => histogram(shares.map((share) => share * FINE), { label, width: 90, height: 22 });
  return now.length > 0 && reference.length > 0 && h("div", { class: "two-shapes" }, small(now, `${name} now`), small(reference, `${name} in training`));
}

function quality({ missing, unseen, problems }) {
  if (problems?.length) return problems.map(({ detail }) => detail).join(" ");
  const words = [missing?.rate > 0 && `${percent(missing.rate)} missing`, unseen?.length > 0 && `new: ${unseen.slice(0, 3).map(({ label }) => label).join(", ")}`].filter(Boolean);
  return h("span", { class: "muted" }, words.join(", ") || "as in training");
}

/** Ask of how long, and wait until that window was worked out. */
export function askWindow({ open, monitor, signal, onDone }) {
  const span = field("The last", { type: "select", choices: SPANS, value: "24", hint: `Until now. ${integer(monitor.min_rows)} requests are needed. Windows that you ask for raise no alarm.` });
  openDialog("Work out a window now", (close) => form({ from: span }, async () => {
    const to = new Date();
    const from = new Date(to - Number(span.value()) * HOUR_MS);
    let window = await post(`${open.path}/windows`, { from: from.toISOString(), to: to.toISOString() }, { signal });
    while (window.state === "queued" && !signal.aborted) {
      await sleep(ASK_AGAIN_MS, signal);
      window = await get(`${open.path}/windows/${encodeURIComponent(window.id)}`, { signal });
    }
    close();
    await onDone();
    if (window.state === "failed") toast(window.error?.detail ?? "The window could not be worked out.", { kind: "bad" });
    else if (!window.inputs) toast(`${plural(window.rows, "request")}. ${unticked(window.why)}`);
    else await openWindow(open, window, signal);
  },
  span.element,
  h("div", { class: "form-actions" }, button("Cancel", { run: () => close() }), button("Work out", { kind: "primary", type: "submit" }))));
}
