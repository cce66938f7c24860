// Numbers, sizes, times and names as people read them.

import { METRICS } from "./vocabulary.js";

const integers = new Intl.NumberFormat("en");
const dates = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short" });
const days = new Intl.DateTimeFormat("en", { dateStyle: "medium" });
export const NONE = "–";

/** 12,345 */
export const integer = (value) => (value === null || value === undefined ? NONE : integers.format(value));

/** Up to four significant digits, in plain notation where that is short: 0.8312, 1,234, 4.1e-9. */
export function number(value, digits = 4) {
  if (value === null || value === undefined || Number.isNaN(value)) return NONE;
  if (typeof value !== "number") return String(value);
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e15 || size < 1e-5)) return value.toExponential(Math.max(digits - 2, 1)).replace("-", "−");
  const shown = new Intl.NumberFormat("en", { useGrouping: "min2", ...(size >= 10 ** digits ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: digits }) });
  return shown.format(value).replace("-", "−");
}

/** 0.123 -> 12.3 % */
export function percent(share, digits = share !== 0 && Math.abs(share) < 0.1 ? 1 : 0) {
  if (share === null || share === undefined) return NONE;
  if (share > 0 && share < 10 ** -(digits + 2)) return `< ${10 ** -digits} %`;
  return `${(share * 100).toFixed(digits)} %`;
}

/** A share as it is typed in percent: 0.05 is "5"; none is "". */
export const inPercent = (share) => (share === null || share === undefined ? "" : String(Number((share * 100).toPrecision(6))));

/** The share that was typed in percent; null where nothing was. */
export const ofPercent = (text) => (text.trim() === "" ? null : Number((Number(text) / 100).toPrecision(9)));

/** "1 row", "1,204 rows" */
export const plural = (count, one, many = `${one}s`) => `${integer(count)} ${count === 1 ? one : many}`;

/** 1.4 MB, in powers of ten, as browsers' and systems' dialogs count. */
export function bytes(size) {
  if (size === null || size === undefined) return NONE;
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  let step = 0;
  while (size >= 999.5 && step < units.length - 1) {
    size /= 1000;
    step += 1;
  }
  return `${step && size < 9.95 ? size.toFixed(1) : Math.round(size)} ${units[step]}`;
}

/** 42 s, 3 min 05 s, 1 h 12 min */
export function duration(seconds) {
  if (seconds === null || seconds === undefined) return NONE;
  if (seconds > 0 && seconds < 0.01) return "< 0.01 s";
  if (seconds < 9.95) return `${seconds < 0.995 ? Number(seconds.toPrecision(2)) : Number(seconds.toFixed(1))} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
  const minutes = Math.round(whole / 60);
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
  return `${Math.round(minutes / 1440)} days`;
}

/** The same without a last part of zero: 5 min, 1 h. */
export const roundDuration = (seconds) => duration(seconds).replace(/ 00 (s|min)$/, "");

/** 0:42, 3:05, 1:12:09: of a fixed width, for what ticks. */
export function clock(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  const two = (value) => String(value).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  return `${hours ? `${hours}:${two(Math.floor(whole / 60) % 60)}` : Math.floor(whole / 60)}:${two(whole % 60)}`;
}

/** Nov 21, 2026, 8:27 AM */
export const dateTime = (iso) => (iso ? dates.format(new Date(iso)) : NONE);

/** just now, 5 min ago, 3 h ago, yesterday, Nov 3, 2026 */
export function ago(iso, now = Date.now()) {
  if (!iso) return NONE;
  const seconds = (now - Date.parse(iso)) / 1000;
  if (seconds < 60) return "just now";
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  if (seconds < 172_800) return "yesterday";
  return days.format(new Date(iso));
}

export const metricName = (metric) => (metric === "auto" ? "automatic" : METRICS[metric]?.name || metric);

export const TASKS = { auto: "automatic", binary: "Two classes", multiclass: "Several classes", regression: "Number" };
export const taskName = (task) => TASKS[task] || task;

/** What a state is called, and the colour of its badge. */
export const STATES = {
  uploaded: ["profiling", "busy"],
  ready: ["ready", "good"],
  rejected: ["rejected", "bad"],
  queued: ["queued", "calm"],
  running: ["running", "busy"],
  stopping: ["stopping", "busy"],
  cancelling: ["cancelling", "busy"],
  succeeded: ["completed", "good"],
  failed: ["failed", "bad"],
  cancelled: ["cancelled", "calm"],
};

export const TYPES = {
  number: "Number",
  category: "Category",
  boolean: "Boolean",
  date: "Date",
  text: "Text",
  id: "ID",
  constant: "Constant",
};
