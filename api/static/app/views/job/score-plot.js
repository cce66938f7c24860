// Score over time: a dot for each trial, a step line for the best so far. Thousands of dots are one path.

import { fill, h, svg } from "../../dom.js";
import { clock, metricName, number, plural } from "../../format.js";
import { familyName, lowerIsBetter } from "../../words.js";

const LEFT = 56;
const RIGHT = 14;
const TOP = 12;
const BOTTOM = 30;
const FAR_SHARE = 0.1; // of the worst trials, which may lie so far away that nothing else would be seen

export class ScorePlot {
  constructor() {
    this.tip = h("div", { class: "plot-tip", hidden: true });
    this.picture = svg("svg", { class: "score-plot-svg", role: "img" });
    this.element = h("div", { class: "score-plot" }, this.picture, this.tip);
    this.state = { points: [], metric: "", baseline: null, untilS: 1 };
    this.width = this.height = 0;
    new ResizeObserver(([entry]) => {
      const [width, height] = [Math.round(entry.contentRect.width), Math.round(entry.contentRect.height)];
      if (!width || (width === this.width && height === this.height)) return;
      Object.assign(this, { width, height });
      this.draw();
    }).observe(this.element);
    this.picture.addEventListener("pointermove", (event) => this.point(event));
    this.picture.addEventListener("pointerleave", () => this.away());
  }

  /** points: from SearchState.scoreHistory; untilS: the end of the axis in seconds. */
  update(state) {
    this.state = state;
    this.draw();
  }

  draw() {
    if (!this.width) return;
    const { points, metric, baseline, untilS } = this.state;
    this.picture.setAttribute("width", this.width);
    this.picture.setAttribute("height", this.height);
    this.picture.setAttribute("viewBox", `0 0 ${this.width} ${this.height}`);
    if (!points.length) {
      this.picture.setAttribute("aria-label", "No scores yet.");
      fill(this.picture, svg("text", { class: "plot-empty", x: this.width / 2, y: this.height / 2, "text-anchor": "middle" }, "The first scores appear here."));
      return;
    }
    const [low, high] = range(points, lowerIsBetter(metric));
    const end = (this.end = Math.max(untilS, points.at(-1).at) || 1);
    this.x = (at) => LEFT + (Math.max(0, at) / end) * (this.width - LEFT - RIGHT);
    this.y = (score) => TOP + ((high - Math.min(high, Math.max(low, score))) / (high - low)) * (this.height - TOP - BOTTOM);
    const best = points.at(-1).best;
    this.picture.setAttribute("aria-label", `${metricName(metric)} over time: the best of ${plural(points.length, "trial")} is ${number(best)}.`);
    const dots = points.map((point) => `M${this.x(point.at).toFixed(1)} ${this.y(point.score).toFixed(1)}h0`).join("");
    const inRange = baseline !== null && baseline >= low && baseline <= high;
    fill(
      this.picture,
      ticks(low, high, 4).map((value) => [
        svg("line", { class: "plot-grid", x1: LEFT, x2: this.width - RIGHT, y1: this.y(value), y2: this.y(value) }),
        svg("text", { class: "plot-tick", x: LEFT - 8, y: this.y(value) + 4, "text-anchor": "end" }, number(value)),
      ]),
      timeTicks(end, this.width).map((at) =>
        svg("text", { class: "plot-tick", x: this.x(at), y: this.height - 8, "text-anchor": "middle" }, clock(at))),
      inRange && svg("line", { class: "plot-guide", x1: LEFT, x2: this.width - RIGHT, y1: this.y(baseline), y2: this.y(baseline) }),
      svg("path", { class: "plot-dots", d: dots }),
      svg("path", { class: "plot-best", d: this.steps(points) }),
      svg("circle", { class: "plot-now", cx: this.x(end), cy: this.y(best), r: 4 }),
      (this.cursor = svg("circle", { class: "plot-cursor", r: 6, visibility: "hidden" })),
    );
  }

  steps(points) {
    // To the end of the axis: the best of before is still the best now.
    let path = `M${this.x(points[0].at).toFixed(1)} ${this.y(points[0].best).toFixed(1)}`;
    for (let i = 1; i < points.length; i += 1) {
      if (points[i].best === points[i - 1].best && i < points.length - 1) continue;
      path += `H${this.x(points[i].at).toFixed(1)}V${this.y(points[i].best).toFixed(1)}`;
    }
    return `${path}H${this.x(this.end).toFixed(1)}`;
  }

  /** Tell of the trial nearest to the pointer. */
  point(event) {
    const { points, metric } = this.state;
    if (!points.length || !this.cursor) return;
    const box = this.picture.getBoundingClientRect();
    const [px, py] = [event.clientX - box.left, event.clientY - box.top];
    const distance = (point) => (this.x(point.at) - px) ** 2 + (this.y(point.score) - py) ** 2;
    const near = points.reduce((a, b) => (distance(b) < distance(a) ? b : a));
    const [x, y] = [this.x(near.at), this.y(near.score)];
    this.cursor.setAttribute("cx", x);
    this.cursor.setAttribute("cy", y);
    this.cursor.setAttribute("visibility", "visible");
    fill(this.tip, h("b", {}, `${metricName(metric)} ${number(near.score)}`), h("span", {}, `${familyName(near.trial.model)}, trial ${near.trial.number}`), h("span", {}, `after ${clock(near.at)}`));
    this.tip.hidden = false;
    this.tip.style.left = `${Math.min(Math.max(x, 80), this.width - 80)}px`;
    this.tip.style.top = `${y}px`;
    this.tip.classList.toggle("below", y < 80);
  }

  away() {
    this.tip.hidden = true;
    this.cursor?.setAttribute("visibility", "hidden");
  }
}

function range(points, lower) {
  const ranked = points.map((point) => point.score).sort((a, b) => (lower ? a - b : b - a));
  const kept = ranked.slice(0, Math.max(2, Math.ceil(ranked.length * (1 - FAR_SHARE))));
  const low = Math.min(...[kept[0], kept.at(-1)]);
  const high = Math.max(...[kept[0], kept.at(-1)]);
  const room = (high - low) * 0.12 || Math.abs(high) * 0.01 || 0.01;
  return [low - room, high + room];
}

/** Round numbers (1, 2 or 5 times a power of ten apart) within the range. */
export function ticks(low, high, most) {
  const raw = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= raw * 0.999);
  const found = [];
  for (let i = Math.ceil(low / step); i * step <= high; i += 1) found.push(Number((i * step).toPrecision(12)));
  return found;
}

function timeTicks(end, width) {
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400];
  const step = steps.find((each) => end / each <= Math.max(2, width / 110)) ?? 172_800;
  return Array.from({ length: Math.floor(end / step) + 1 }, (_, i) => i * step);
}
