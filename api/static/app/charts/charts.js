// Small charts of our own, made of elements: for whatever needs no axes to be understood.

import { h } from "../dom.js";
import { number, percent } from "../format.js";

/**
 * Rows of a label, a bar and a value.
 * @param items  [{label, share, value, title?, onclick?, active?}]; share is the bar's length, 0 to 1
 */
export function bars(items, { name } = {}) {
  return h("ul", { class: "bars", "aria-label": name },
    items.map(({ label, share, value, title, onclick, active }) => {
      const content = [
        h("span", { class: "bars-label", title: title ?? label }, label),
        h("span", { class: "bars-track", "aria-hidden": "true" }, h("span", { class: "bars-bar", style: { "--share": clamp(share) } })),
        h("span", { class: "bars-value" }, value),
      ];
      const row = onclick
        ? h("button", { type: "button", class: "bars-row", onclick, "aria-pressed": String(Boolean(active)) }, content)
        : h("div", { class: "bars-row" }, content);
      return h("li", {}, row);
    }));
}

/**
 * What each column added to a prediction (to the right) or took away (to the left).
 * @param items  [{label, value, amount}], greatest first; value is the row's own, in words
 * @param show   amount -> text
 */
export function contributions(items, show) {
  const top = Math.max(...items.map(({ amount }) => Math.abs(amount)), 1e-12);
  return h("ul", { class: "pulls" },
    items.map(({ label, value, amount }) =>
      h("li", { class: amount < 0 ? "pull down" : "pull up" },
        h("span", { class: "pull-label" }, h("span", { class: "pull-name", title: label }, label), value !== undefined && h("span", { class: "pull-own", title: value }, value)),
        h("span", { class: "pull-track", "aria-hidden": "true" }, h("span", { class: "pull-bar", style: { "--share": clamp(Math.abs(amount) / top) } })),
        h("span", { class: "pull-value" }, show(amount)))));
}

/**
 * Where a score lies on the way from the baseline to perfect, with twice its standard error around it.
 */
export function scoreMeter({ score, error, baseline, best, tone }) {
  if (score === null || score === undefined || baseline === null || baseline === undefined || baseline === best) return null;
  const place = (value) => clamp((value - baseline) / (best - baseline));
  const low = place(score - 2 * (error ?? 0));
  const high = place(score + 2 * (error ?? 0));
  const text = `${percent(place(score))} of the way from the baseline (${number(baseline)}) to a perfect score (${number(best)})`;
  return h("figure", { class: `score-meter tone-${tone}`, role: "img", "aria-label": text },
    h("div", { class: "score-meter-track" },
      h("span", { class: "score-meter-fill", style: { "--share": place(score) } }),
      error ? h("span", { class: "score-meter-range", style: { "--from": Math.min(low, high), "--to": Math.max(low, high) } }) : null,
      h("span", { class: "score-meter-mark", style: { "--share": place(score) } })),
    h("figcaption", { "aria-hidden": "true" },
      h("span", {}, "Baseline ", h("b", {}, number(baseline))),
      h("span", {}, "Perfect ", h("b", {}, number(best)))));
}

const clamp = (share) => Math.min(1, Math.max(0, share || 0));
