// The models tried, best first, growing as they come.

import { fill, h, keyed, setStyle, setText } from "../../dom.js";
import { duration, metricName, number } from "../../format.js";
import { familyName } from "../../words.js";

const SHOWN = 10;

export class Leaderboard {
  constructor() {
    this.list = h("ol", { class: "leaders", "aria-label": "Best models so far" });
    this.empty = h("p", { class: "panel-note" }, "The first scores appear a few seconds after the search starts.");
    this.element = h("div", {}, this.empty, this.list);
  }

  /** leaders: trials, best first. */
  update(leaders, metric) {
    const shown = leaders.slice(0, SHOWN);
    this.empty.hidden = shown.length > 0;
    this.list.hidden = !shown.length;
    if (!shown.length) return;
    const [top, bottom] = [shown[0].score, shown.at(-1).score];
    const share = (trial) => (top === bottom ? 1 : 0.25 + (0.75 * (trial.score - bottom)) / (top - bottom));
    keyed(this.list, shown, (trial) => trial.number, (trial) => this.row(trial, share(trial), metric), (row, trial) => change(row, share(trial)));
    [...this.list.children].forEach((row, index) => setText(row.firstElementChild, index + 1));
  }

  row(trial, share, metric) {
    const row = h("li", { class: "leader" },
      h("span", { class: "leader-rank", "aria-hidden": "true" }),
      h("span", { class: "leader-name" }, familyName(trial.model), h("span", { class: "fine" }, ` trial ${trial.number}, ${duration(trial.fit_s)}`)),
      h("span", { class: "leader-score", title: metricName(metric) }, number(trial.score)),
      h("span", { class: "leader-track", "aria-hidden": "true" }, h("span", { class: "leader-bar" })));
    change(row, share);
    return row;
  }
}

function change(row, share) {
  setStyle(row.querySelector(".leader-bar"), { "--share": share.toFixed(3) });
}

/** A trial's parameters as a list. */
export function parameters(params) {
  const list = h("dl", { class: "params" });
  fill(list, Object.entries(params).map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, typeof value === "number" ? number(value) : String(value)))));
  return list;
}
