// What is known of a job's search: its trials, their order, its log. Events may be added in any order, and twice.

import { familyName, lowerIsBetter } from "../../words.js";

const MOST_LINES = 2000;

export class SearchState {
  constructor() {
    this.trials = new Map();
    this.lines = [];
    this.phase = null;
    this.metric = null;
  }

  add(kind, data) {
    if (kind === "trial" && data.state !== "running") this.trials.set(data.number, data);
    else if (kind === "phase") {
      this.phase = data.phase;
      this.metric = data.metric ?? this.metric;
    }
    const text = lineOf(kind, data);
    if (text) this.lines.push({ at: data.at, kind, text });
    if (this.lines.length > MOST_LINES) this.lines.splice(0, this.lines.length - MOST_LINES);
  }

  /** Scored trials, best first. */
  leaders(metric) {
    const way = lowerIsBetter(metric) ? 1 : -1;
    return [...this.trials.values()]
      .filter((trial) => trial.state === "complete" && trial.score !== null && trial.model !== "constant")
      .sort((a, b) => way * (a.score - b.score) || a.number - b.number);
  }

  /** The score of the baseline, once it was tried. */
  get baseline() {
    for (const trial of this.trials.values()) if (trial.model === "constant" && trial.score !== null) return trial.score;
    return null;
  }

  /** Trials in the order of their ends, each with the best score so far: what the plot draws. */
  scoreHistory(metric, startedAt) {
    const start = Date.parse(startedAt);
    const better = lowerIsBetter(metric) ? Math.min : Math.max;
    const points = [...this.trials.values()]
      .filter((trial) => trial.state === "complete" && trial.score !== null && trial.model !== "constant")
      .map((trial) => ({ trial, score: trial.score, at: (Date.parse(trial.started_at) - start) / 1000 + (trial.fit_s ?? 0) }))
      .sort((a, b) => a.at - b.at);
    let best = null;
    for (const point of points) point.best = best = best === null ? point.score : better(best, point.score);
    return points;
  }
}

function lineOf(kind, data) {
  if (kind === "log") return data.text;
  if (kind === "phase") return `Phase: ${data.phase}.`;
  if (kind === "state" && data.state === "running") return data.attempt > 1 ? `Resumed (attempt ${data.attempt}).` : "Started.";
  if (kind === "done") return data.error ? `Ended: ${data.state}. ${data.error.detail}` : `Ended: ${data.state}.`;
  if (kind === "trial" && data.state !== "complete") return `${familyName(data.model)} ${data.number}: ${data.state}.`;
  return null;
}
