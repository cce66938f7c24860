// The progress of a training: its phase, elapsed and remaining time, and whether the connection is live.

import { progressBar } from "../../components/progress.js";
import { facts } from "../../components/page.js";
import { fill, h, setText } from "../../dom.js";
import { clock, metricName, number } from "../../format.js";
import { PHASES, isOver } from "../../words.js";

const CONNECTIONS = {
  live: ["good", "Live"],
  reconnecting: ["warn", "Connection lost, reconnecting …"],
  polling: ["warn", "No live connection, refreshing every few seconds"],
};

export class Progress {
  constructor() {
    this.phases = h("ol", { class: "phases", "aria-label": "Phases" });
    this.words = h("p", { class: "panel-note", role: "status" });
    this.bar = progressBar("Elapsed time");
    this.connection = h("span", { class: "connection", role: "status" });
    this.numbers = h("div", {});
    this.element = h("section", { class: "panel job-progress" },
      h("div", { class: "panel-head" }, this.phases, this.connection), this.words, this.bar.element, this.numbers);
    this.receivedAt = performance.now();
    this.job = null;
  }

  /** status: of the stream; search: a SearchState. */
  update(job, search, status) {
    if (job !== this.job) this.receivedAt = performance.now();
    this.job = job;
    this.element.hidden = isOver(job.state);
    if (this.element.hidden) return;
    const phase = job.phase ?? (job.state === "queued" ? null : search.phase);
    const at = PHASES.findIndex(({ name }) => name === phase);
    if (at !== this.at) fill(this.phases, PHASES.map(({ title }, index) =>
      h("li", { class: index < at ? "phase done" : index === at ? "phase now" : "phase", "aria-current": index === at && "step" }, title)));
    this.at = at;
    setText(this.words, sentence(job, at));
    const [tone, text] = CONNECTIONS[status] ?? ["", ""];
    this.connection.className = `connection ${tone}`;
    setText(this.connection, text);
    this.tick();
    this.numbers.hidden = this.bar.element.hidden = job.state === "queued";
    const baseline = search.baseline;
    fill(this.numbers, facts([
      job.metric !== "auto" && [`Best ${metricName(job.metric)}`, number(job.progress.best_score)],
      baseline !== null && ["Baseline", number(baseline)],
      ["Models tried", String(Math.max(job.progress.trials_done, search.trials.size))],
    ]));
  }

  /** Seconds of fitting so far: what the server said, and what went by since. */
  get elapsedS() {
    const { state, progress } = this.job;
    const since = state === "running" && this.job.phase ? (performance.now() - this.receivedAt) / 1000 : 0;
    return progress.elapsed_s + Math.min(since, 30);
  }

  get share() {
    return Math.min(0.99, this.elapsedS / this.job.time_budget_s);
  }

  tick() {
    const { job } = this;
    if (!job || isOver(job.state)) return;
    if (job.state === "queued") return this.bar.set(0, "");
    const left = job.time_budget_s - this.elapsedS;
    const closing = ["ensembling", "finishing", "saving"].includes(job.phase);
    const rest = job.state !== "running" || left < 1 ? "finishing" : closing ? `finishing, at most ${clock(left)} left` : `at most ${clock(left)} left`;
    this.bar.set(this.share, `${clock(this.elapsedS)} of ${clock(job.time_budget_s)}, ${rest}`);
  }
}

function sentence(job, at) {
  if (job.state === "queued") {
    const place = job.queue_position > 1 ? `Position ${job.queue_position} in the queue.` : "Next in the queue.";
    return `${place} It starts as soon as a worker is free; you can leave this page.`;
  }
  if (job.state === "stopping") return "Ending the search; the best model so far is kept.";
  if (job.state === "cancelling") return "Cancelling; no model is kept.";
  return at >= 0 ? PHASES[at].text : "Starting.";
}
