// All trainings, those under way as they are now.

import { stateBadge } from "../components/badge.js";
import { button, linkButton } from "../components/button.js";
import { emptyState } from "../components/empty.js";
import { liveList } from "../components/live-list.js";
import { pageHead } from "../components/page.js";
import { progressBar } from "../components/progress.js";
import { table } from "../components/table.js";
import { h } from "../dom.js";
import { ago, clock, dateTime, metricName, number, plural } from "../format.js";
import { datasetNames } from "../server/names.js";
import { PHASES, isOver } from "../words.js";

export const title = "Training";

const ACTIVE_MS = 2500;
const QUIET_MS = 15_000;

export default async function view({ query, signal }) {
  let names = new Map();
  const everyMs = (items) => (items.some((job) => !isOver(job.state)) ? ACTIVE_MS : QUIET_MS);
  const jobs = liveList("/jobs", { signal, query, everyMs, onItems: draw });
  const list = table(columns(() => names), [], { label: "Trainings", keyOf: (job) => job.id, href: (job) => `/jobs/${job.id}` });
  const none = h("p", { class: "muted", role: "status" }, "No training is like that.");
  const full = h("div", {}, h("div", { class: "filter-bar" }, jobs.search("Find a training")), none, list.element, h("div", { class: "list-foot" }, jobs.more));
  const empty = nothing();
  await jobs.start();
  return h("div", {}, head(), full, empty);

  async function draw(items) {
    names = await datasetNames(items.map((job) => job.dataset_id));
    full.hidden = items.length === 0 && !jobs.isFiltered();
    empty.hidden = !full.hidden;
    none.hidden = items.length > 0;
    list.element.hidden = items.length === 0;
    list.update(items);
  }
}

const head = () => pageHead("Training", { lead: "Running and finished trainings.", actions: [linkButton("Train a model", "/datasets", { kind: "primary", icon: "plus" })] });

const nothing = () =>
  emptyState("activity", "No trainings yet", "Choose a dataset and its target column. Models are tried until the time budget is used up, and the best ones are kept.",
    linkButton("Choose a dataset", "/datasets", { kind: "primary" }));

const columns = (names) => [
  {
    key: "target",
    label: "Target",
    class: "wide-cell",
    cell: (job) => h("div", { class: "two-lines" },
      h("a", { class: "strong-link", href: `/jobs/${job.id}` }, job.name || job.target),
      h("span", { class: "fine" }, job.name ? `${job.target}, from ` : "from ", names().get(job.dataset_id))),
  },
  { key: "state", label: "State", cell: (job) => stateBadge(job.state) },
  { key: "progress", label: "Progress", class: "progress-cell desk-only", cell: progress },
  {
    key: "score",
    label: "Best score",
    number: true,
    cell: (job) => job.progress.best_score === null ? "–" : h("div", { class: "two-lines end" }, h("span", {}, number(job.progress.best_score)), h("span", { class: "fine" }, metricName(job.metric))),
  },
  { key: "created", label: "Started", class: "desk-only", cell: (job) => h("time", { datetime: job.created_at, title: dateTime(job.created_at) }, ago(job.created_at)) },
];

function progress(job) {
  const { trials_done: done, elapsed_s: elapsed, eta_s: left } = job.progress;
  if (job.state === "queued") return h("span", { class: "fine" }, job.queue_position > 1 ? `position ${job.queue_position} in the queue` : "next in the queue");
  if (job.state === "failed") return h("span", { class: "fine clipped", title: job.error.detail }, job.error.detail);
  if (isOver(job.state)) return h("span", { class: "fine" }, `${plural(done, "model")} tried`);
  const phase = PHASES.find(({ name }) => name === job.phase)?.title ?? "Start";
  const words = left ? `${phase}, ${clock(left)} left` : phase;
  return progressBar(`Training of ${job.target}`, { share: Math.min(0.99, elapsed / job.time_budget_s), words }).element;
}
