// What the windows of an endpoint say, in words: drift, performance, alarms, traffic.

import { dateTime, integer, metricName, number, percent, plural } from "../../format.js";

const UNITS = { m: "minute", h: "hour", d: "day", w: "week" };

/** "1d" as "day", "15m" as "15 minutes" */
export function lengthWords(text) {
  const [, count, unit] = /^(\d+)([mhdw])$/.exec(text) ?? [];
  if (!unit) return text;
  return count === "1" ? UNITS[unit] : `${count} ${UNITS[unit]}s`;
}

/** How an endpoint is watched, in one sentence. */
export function watchWords({ enabled, window, every, timezone }) {
  if (!enabled) return "Monitoring is off: no windows are worked out, and nothing raises an alarm.";
  const length = lengthWords(window);
  const what = window === every ? `Each ${length}` : `Every ${lengthWords(every)} the last ${length}`;
  return `${what} (${timezone}) is compared with the rows that the model was trained on.`;
}

/** "Nov 29, 2026, 12:00 AM – Nov 30, 2026, 12:00 AM" */
export const spanWords = ({ from, to }) => `${dateTime(from)} – ${dateTime(to)}`;

/** Importance from which a column counts as important: what each had if all had the same. */
const average = (columns) => columns.reduce((sum, { importance }) => sum + (importance || 0), 0) / Math.max(columns.length, 1);

/** "3 of 14 columns have drifted, 1 of them important." Null where nothing was compared. */
export function driftWords({ columns, inputs }) {
  if (!inputs) return null;
  const drifted = columns.filter((column) => column.drifted);
  const count = inputs.share_drifted > 0 ? Math.round(drifted.length / inputs.share_drifted) : columns.length;
  const all = Math.max(count, columns.length);
  if (!drifted.length) return `None of ${plural(all, "column")} has drifted.`;
  const heavy = average(columns);
  const important = drifted.filter(({ importance }) => importance > 0 && importance >= heavy);
  const weight = ` Together they carry ${percent(inputs.weighted_share)} of the importance.`;
  if (!inputs.weighted) return `${integer(drifted.length)} of ${plural(all, "column")} ${drifted.length === 1 ? "has" : "have"} drifted.`;
  const which = important.length ? `${important.length === drifted.length ? (drifted.length === 1 ? "and it is important" : "all of them important") : `${integer(important.length)} of them important: ${important.slice(0, 3).map(({ name }) => name).join(", ")}`}` : "none of them important";
  return `${integer(drifted.length)} of ${plural(all, "column")} ${drifted.length === 1 ? "has" : "have"} drifted, ${which}.${weight}`;
}

const interval = ({ low, high }) => `${number(low, 3)} to ${number(high, 3)}`;

/** Sentences about how good the predictions are: by the truth, by estimate, in training. */
export function performanceWords({ performance }) {
  if (!performance) return [];
  const { reference, estimated, realised, metric } = performance;
  const name = metricName(metric);
  return [
    realised && `${name} is ${number(realised.value, 3)} (${interval(realised)}) on ${plural(realised.rows, "request")} whose truth is known.`,
    estimated && `Estimated without labels it is ${number(estimated.value, 3)} (${interval(estimated)}).`,
    reference && `In training it was ${number(reference.value, 3)}.`,
  ].filter(Boolean);
}

/** "812 requests, 40 with their truth" */
export function trafficOf({ rows, labelled, sampled }) {
  return [plural(rows, "request"), labelled > 0 && `${integer(labelled)} with their truth`, sampled && "a sample was looked into"].filter(Boolean).join(", ");
}

/** What a small model that tells the window from the training rows has to say. */
export function classifierWords({ classifier }) {
  if (!classifier) return null;
  const area = classifier.auc;
  const how = area < 0.6 ? "look like the training rows" : area < 0.8 ? "differ somewhat from the training rows" : "look very different from the training rows";
  return `All columns together, the requests ${how}: a model that tries to tell them apart reaches an AUC of ${number(area, 2)} (0.5 is no difference).`;
}

/** What estimates cannot see; stands beside each of them. */
export const BLIND_SPOT = "An estimate sees requests that became harder to predict. It cannot see that the same requests now turn out differently: only the truth shows that.";

/** What the service says, without the marks of code around names. */
export const unticked = (text) => (text ?? "").replaceAll("`", "");
