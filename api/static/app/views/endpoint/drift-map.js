// Drift of each column in each window, as a table of shades: rows are columns of the data, the newest window at the right.

import { h } from "../../dom.js";
import { dateTime, number } from "../../format.js";

const MOST_COLUMNS = 30;
const FULL = 0.5; // an effect that has the darkest shade
const days = new Intl.DateTimeFormat("en", { month: "short", day: "numeric" });
const times = new Intl.DateTimeFormat("en", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

/**
 * @param windows  the oldest first, only those that were compared
 * @param onOpen   (window), of a column of shades that is chosen
 */
export function driftMap(windows, onOpen) {
  const names = columnsOf(windows);
  const shown = names.slice(0, MOST_COLUMNS);
  const found = windows.map(({ columns }) => new Map(columns.map((column) => [column.name, column])));
  const head = h("tr", {}, h("th", { scope: "col" }, "Column"), windows.map((window, index) => headCell(window, windows[index - 1], onOpen)));
  const rows = shown.map((name) => h("tr", {}, h("th", { scope: "row", title: name }, h("span", { class: "heat-name" }, name)), found.map((columns, index) => cell(columns.get(name), windows[index]))));
  return h("div", { class: "stack" },
    h("div", { class: "heat-frame", tabindex: "0", role: "region", "aria-label": "Drift by column and window" },
      h("table", { class: "heat", "aria-label": "Drift by column and window" }, h("thead", {}, head), h("tbody", {}, rows))),
    h("p", { class: "fine heat-key" }, h("span", { class: "heat-cell", style: { "--share": 0.15 } }), "different", h("span", { class: "heat-cell", style: { "--share": 0.8 } }), "very different", h("span", { class: "heat-cell drifted", style: { "--share": 0.5 } }, "●"), "drifted: large, and no chance",
      names.length > shown.length && ` · the ${shown.length} most important of ${names.length} columns`));
}

/** Names of all columns, those with most importance first. */
function columnsOf(windows) {
  const importance = new Map();
  for (const { columns } of windows) for (const { name, importance: weight } of columns) importance.set(name, Math.max(weight || 0, importance.get(name) ?? 0));
  return [...importance].sort(([, a], [, b]) => b - a).map(([name]) => name);
}

function headCell(window, before, onOpen) {
  const at = new Date(window.to);
  const sameDay = before && days.format(new Date(before.to)) === days.format(at);
  return h("th", { scope: "col" }, h("button", { type: "button", class: "heat-when", title: `Window that ends ${dateTime(window.to)}`, onclick: () => onOpen(window) }, sameDay ? times.format(at) : days.format(at)));
}

function cell(column, { to }) {
  if (!column) return h("td", {}, h("span", { class: "heat-cell none" }, h("span", { class: "visually-hidden" }, "not compared")));
  const { name, effect, drifted } = column;
  const words = `${drifted ? "drifted" : "not drifted"}, effect ${number(effect, 2)}`;
  return h("td", {}, h("span", { class: `heat-cell ${drifted ? "drifted" : ""}`, title: `${name}, ${dateTime(to)}: ${words}`, style: { "--share": Math.min(1, (effect || 0) / FULL) } },
    h("span", { class: "visually-hidden" }, words), drifted && h("span", { "aria-hidden": "true" }, "●")));
}
