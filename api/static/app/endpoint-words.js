// Endpoints in words: health, who answers which requests, what a change did, what a rollback will do.

import { badge } from "./components/badge.js";
import { percent } from "./format.js";

export const CHAMPION = "champion";

const HEALTH = {
  ok: ["healthy", "good", "It answers, and its requests look like the training data."],
  drifting: ["drifting", "warn", "Requests look different from the training data."],
  failing: ["failing", "bad", "Requests fail, or its predictions became worse."],
  quiet: ["quiet", "calm", "It serves nothing yet, or nobody has called it lately."],
};

/** The badge of an endpoint's health, with what that means as its title. */
export function healthBadge(health) {
  const [text, kind, title] = HEALTH[health] ?? [health ?? "unknown", "calm", ""];
  const element = badge(text, kind);
  element.title = title;
  return element;
}

const ALARMS = {
  performance: "predictions are worse",
  drift: "inputs have drifted",
  predictions: "predictions have drifted",
  quality: "data quality",
  estimated: "worse, by estimate",
  realised: "worse, by the truth",
  silence: "no requests",
  errors: "requests fail",
};
const FAILING = new Set(["realised", "silence", "errors"]);

/** Kinds of alarms to choose from, each with its words. */
export const ALARM_KINDS = Object.entries(ALARMS);

export const alarmName = (kind) => ALARMS[kind] ?? kind;

/** Colour of an alarm: `bad` makes the endpoint failing, `warn` drifting. */
export const alarmTone = (kind) => (FAILING.has(kind) ? "bad" : "warn");

/** "All requests are kept for 30 days, with their inputs." */
export function keptWords({ kept, log }) {
  if (!kept.on) return "Requests are not kept: nothing is watched, and no dataset can be made of them.";
  const which = log.sample < 1 ? `${percent(log.sample)} of the requests are` : "All requests are";
  const inputs = log.columns === null ? "all inputs that a version reads" : log.columns.length ? `the ${log.columns.length === 1 ? "input" : "inputs"} ${log.columns.join(", ")}` : "no inputs";
  return `${which} kept for ${kept.days} ${kept.days === 1 ? "day" : "days"}, with what was predicted and ${inputs}.`;
}

const shareOf = (share) => percent(share, Number.isInteger(Math.round(share * 1e6) / 1e4) ? 0 : 1);

/** "10 % to challenger (version 4), the rest to champion" */
export function trafficWords({ split, sticky, shadow }, aliases) {
  const named = (alias) => (aliases[alias] ? `${alias} (version ${aliases[alias]})` : alias);
  const shares = Object.entries(split).map(([alias, share]) => `${shareOf(share)} to ${named(alias)}`);
  const words = shares.length ? `${shares.join(", ")}, the rest to ${CHAMPION}${sticky === "key" ? ", sticky by key" : ""}` : `All to ${CHAMPION}`;
  return shadow.length ? `${words}; shadow: ${shadow.map(named).join(", ")}` : words;
}

/** What a line of the log did, without its why. */
export function changeWords(change) {
  const { action, alias, from, to, aliases, traffic } = change;
  if (action === "endpoint.create") return to ? `Created; version ${to} is ${CHAMPION}` : "Created";
  if (action === "alias.set" && from) return from === to ? `Version ${to} is still ${alias}` : `Version ${to} is ${alias}, in place of version ${from}`;
  if (action === "alias.set") return `Version ${to} is ${alias}`;
  if (action === "alias.delete") return `Alias ${alias} deleted; it was version ${from}`;
  if (action === "lookup.set") return change.lookup?.length ? "Columns that requests lack are looked up" : "Nothing is looked up any more";
  if (action === "traffic.set") return `Traffic: ${lowered(trafficWords(traffic, aliases))}`;
  if (action === "rollback") return `Rolled back: version ${aliases[CHAMPION] ?? "–"} is ${CHAMPION}; traffic: ${lowered(trafficWords(traffic, aliases))}`;
  return action.replace(/[._]/g, " ");
}

const lowered = (text) => text.slice(0, 1).toLowerCase() + text.slice(1);

/** Who made a change; an endpoint's users are its owner. `keys` is {id: name}. */
export function authorWords(by, keys = new Map()) {
  const [kind, id, , run] = by.split("/");
  if (kind === "user") return "you";
  if (kind === "key") return keys.has(id) ? `key “${keys.get(id)}”` : "a revoked key";
  return run ? `${kind} ${id}, run ${run}` : by;
}

/** What answers requests, as a text that is the same for two states in which the same versions answer alike. */
function served({ aliases, traffic: { split, sticky } }) {
  const shares = Object.entries(split).sort(([a], [b]) => (a < b ? -1 : 1)).map(([alias, share]) => [alias, share, aliases[alias]]);
  return JSON.stringify([aliases[CHAMPION] ?? null, shares.length ? sticky : null, shares]);
}

/** The change whose state a rollback restores, of changes newest first; null where there is nothing to go back to. */
export function rollbackTarget(changes) {
  const at = changes.findIndex((change, index) => index > 0 && served(change) !== served(changes[index - 1]));
  return at > 0 && changes[at].aliases[CHAMPION] ? changes[at] : null;
}

/** What would be different under another state: sentences; none where nothing would. */
export function differences(now, then) {
  const names = [...new Set([...Object.keys(now.aliases), ...Object.keys(then.aliases)])].sort((a, b) => (a === CHAMPION ? -1 : b === CHAMPION ? 1 : a < b ? -1 : 1));
  const moved = names.filter((alias) => now.aliases[alias] !== then.aliases[alias]).map((alias) =>
    then.aliases[alias] === undefined ? `The alias ${alias} goes away.` : `Version ${then.aliases[alias]} becomes ${alias}${now.aliases[alias] ? ` in place of version ${now.aliases[alias]}` : ""}.`);
  const flow = ({ traffic }) => trafficWords(traffic, {});
  return flow(now) === flow(then) ? moved : [...moved, `Traffic: ${lowered(trafficWords(then.traffic, then.aliases))}.`];
}
