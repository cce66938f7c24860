// Pipelines and their runs in words: states, what starts them, what a step is and came to.

import { badge } from "./components/badge.js";
import { CHAMPION, alarmName, authorWords } from "./endpoint-words.js";
import { bytes, integer, metricName, number, percent, plural } from "./format.js";
import { scheduleWords } from "./schedule/words.js";
import { GATE } from "./vocabulary.js";

const STATES = {
  waiting: ["waiting", "calm"],
  fetching: ["fetching", "busy"],
  training: ["training", "busy"],
  evaluating: ["comparing", "busy"],
  asking: ["asking", "warn"],
  promoted: ["promoted", "good"],
  refused: ["not promoted", "calm"],
  unchanged: ["unchanged", "calm"],
  skipped: ["skipped", "calm"],
  failed: ["failed", "bad"],
  cancelled: ["cancelled", "calm"],
};
const UNDER_WAY = new Set(["waiting", "fetching", "training", "evaluating"]);

export const ASKING = "asking";

export const runBadge = ({ state }) => badge(...(STATES[state] ?? [state, "calm"]));

export const isUnderWay = (run) => UNDER_WAY.has(run?.state);

export const isOver = ({ ended_at: at }) => Boolean(at);

export const pathOf = (id) => `/pipelines/${encodeURIComponent(id)}`;

export const runPath = ({ pipeline_id: id, number: count }) => `${pathOf(id)}/runs/${count}`;

/** An entry of `when`: "At 03:00 on Monday (Europe/Rome)". */
export function whenWords({ cron, timezone, words, event, alarm, every_labels: labels, at_most: most }) {
  const often = most ? `, at most once in ${most}` : "";
  if (cron) return (words ? scheduleWords(words, timezone) : `${cron} (${timezone})`) + often;
  if (event) return `After an event${event.min_new_rows ? ` that makes it ${plural(event.min_new_rows, "new row")}` : ""}${often}`;
  if (alarm) return `On an alarm about ${alarm.join(" or ")}${often}`;
  return `After every ${plural(labels, "new label")}${often}`;
}

/** All that starts a pipeline, each in words. */
export const startsWords = ({ when }) => (when.length ? when.map(whenWords) : ["Only by hand"]);

/** The same in a row: "At 03:00 on Monday (UTC); on an alarm about drift". */
export const startsInARow = (pipeline) => startsWords(pipeline).map((text, index) => (index ? text.slice(0, 1).toLowerCase() + text.slice(1) : text)).join("; ");

/** How a gate compares, all in one: "Better by the training's metric, 95 % sure, …". */
export function gateWords(gate) {
  const { metric, confidence, min_gain: gain, margin, min_rows: rows, holdout, test_dataset_id: test, must_not_worsen: groups, max_latency_ms: latency } = { ...GATE, ...gate };
  const by = metric === GATE.metric ? "the training's metric" : metricName(metric);
  const where = test ? "on a dataset of its own" : holdout > 0 ? `on the ${percent(holdout)} of the rows that trainings leave out` : "on rows that neither has seen";
  return [
    margin > 0 ? `Worse by less than ${number(margin)} in ${by}` : `Better by ${by}`, `${percent(confidence)} sure`, gain !== 0 && `with a gain of ${number(gain)} or more`,
    `${where}, ${integer(rows)} or more`, groups.length > 0 && `worse in no group of ${groups.join(" or ")}`, latency !== null && `within ${number(latency)} ms a row`,
  ].filter(Boolean).join(", ");
}

/** As whom a model is promoted, and what follows. */
export function promotionWords({ as: alias, traffic, then, guard }) {
  const shares = Object.entries(traffic ?? {}).map(([name, share]) => (name === alias ? `with ${percent(share)} of the requests` : `${percent(share)} of the requests to ${name}`));
  const later = then && `${CHAMPION} after ${then.champion_after}${then.if ? `, if ${then.if}` : ""}`;
  return [`As ${[alias, ...shares].join(", ")}`, later, guard ? `rolled back if within ${guard.within} ${guard.rollback_if.map(alarmName).join(" or ")}` : "nothing takes it back"].filter(Boolean).join("; ");
}

const KINDS = { time: "by its schedule", event: "by an event", alarm: "by an alarm", labels: "by new labels", manual: "by hand" };

/** What started a run, in the words that it kept; `keys` is {id: name}. */
export function triggerWords({ trigger: { kind, why } }, keys) {
  const by = why.by && authorWords(why.by, keys);
  const said = by ? why.reason : why.words;
  return `Started ${KINDS[kind] ?? kind}${by ? ` by ${by}` : ""}${said ? `: ${said}` : "."}`;
}

export const triggerKind = ({ trigger }) => KINDS[trigger.kind] ?? trigger.kind;

export const PROMOTIONS = [["ask", "I am asked"], ["auto", "It is promoted if it is better"], ["never", "It is only registered"]];

export const STEPS = [["fetch", "Fetch"], ["train", "Train"], ["register", "Register"], ["evaluate", "Compare"], ["decide", "Decide"], ["promote", "Promote"]];
const TITLES = new Map([...STEPS, ["guard", "Guard"], ["then", "Then"]]);

export const stepTitle = (name) => TITLES.get(name) ?? name;

const STEP_STATES = { running: ["on", "busy"], done: ["done", "good"], failed: ["failed", "bad"], cancelled: ["cancelled", "calm"], skipped: ["skipped", "calm"] };

export const stepBadge = ({ state }) => badge(...(STEP_STATES[state] ?? [state, "calm"]));

/** Where what a step made, or waits for, is seen: [href, text], or null. */
export function refLink(ref) {
  const [kind, ...parts] = (ref ?? "").split("/");
  const id = parts.map(encodeURIComponent);
  const found = {
    dataset: [`/datasets/${id[0]}`, "Dataset"],
    fetch: [`/sources/${id[0]}`, `Fetch ${parts[1]} of the source`],
    job: [`/jobs/${id[0]}`, "Training"],
    comparison: [`/comparisons/${id[0]}`, "Comparison"],
    version: [`/endpoints/${id[0]}`, `Version ${parts[1]} of ${parts[0]}`],
    endpoint: [`/endpoints/${id[0]}`, `Endpoint ${parts[0]}`],
  }[kind];
  return found && parts.length ? found : null;
}

/** Figures of a step as pairs of names and values; what is not known is left out. */
export function figurePairs({ rows, columns, bytes: size, metric, score, standard_error: error, champion, challenger, gain, confidence, version }) {
  const plain = (value) => (value !== null && typeof value === "object" ? value.value : value);
  const isComparison = gain !== undefined;
  return [
    rows != null && ["Rows", number(rows)],
    columns != null && ["Columns", number(columns)],
    size != null && ["Size", bytes(size)],
    score != null && [metricName(metric), error != null ? `${number(score)} ± ${number(error, 2)}` : number(score)],
    isComparison && [`Champion, ${metricName(metric)}`, number(plain(champion))],
    isComparison && ["Challenger", number(plain(challenger))],
    isComparison && gain.low != null && ["Gain", `${number(gain.value)}, at least ${number(gain.low)} with ${number(confidence * 100)} % confidence`],
    version != null && ["Version", String(version)],
    version != null && champion != null && ["Champion before", `version ${champion}`],
  ].filter(Boolean);
}
