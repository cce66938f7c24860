// A score with its interval: as a text, and as a line between two ends with a mark where another score lies.

import { h } from "../dom.js";
import { number } from "../format.js";

/** "0.871 (0.85 to 0.89)" */
export function intervalWords(found, digits = 3) {
  if (!found || found.value === null || found.value === undefined) return "–";
  return found.low === null || found.low === undefined ? number(found.value, digits) : `${number(found.value, digits)} (${number(found.low, digits)} to ${number(found.high, digits)})`;
}

/** The same on two lines, for a cell of a table. */
export function intervalCell(found, digits = 3) {
  if (!found || found.value === null || found.value === undefined) return "–";
  return h("div", { class: "two-lines end" }, h("span", {}, number(found.value, digits)),
    found.low !== null && found.low !== undefined && h("span", { class: "fine" }, `${number(found.low, digits)} to ${number(found.high, digits)}`));
}

/**
 * The line of an interval on a scale that other rows share.
 * @param found     {value, low, high}
 * @param scale     [least, greatest] of all that is drawn
 * @param options.beside  a score to compare with, drawn as a thin mark
 */
export function intervalBar(found, [least, greatest], { beside = null, tone = "calm" } = {}) {
  const place = (value) => Math.min(1, Math.max(0, (value - least) / (greatest - least || 1)));
  const { value, low, high } = found;
  return h("span", { class: `interval tone-${tone}`, "aria-hidden": "true" },
    beside !== null && beside !== undefined && h("span", { class: "interval-beside", style: { "--share": place(beside) } }),
    h("span", { class: "interval-range", style: { "--from": place(low ?? value), "--to": place(high ?? value) } }),
    h("span", { class: "interval-mark", style: { "--share": place(value) } }));
}

/** The scale that all these intervals, and the other scores, lie on. */
export function scaleOf(intervals, others = []) {
  const values = [...intervals.flatMap(({ value, low, high }) => [value, low, high]), ...others].filter((value) => value !== null && value !== undefined && Number.isFinite(value));
  const [least, greatest] = [Math.min(...values), Math.max(...values)];
  const margin = (greatest - least) * 0.06 || 0.5;
  return [least - margin, greatest + margin];
}
