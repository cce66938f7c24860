// One training, live: its progress, its leaderboard, and its result.

import { stateBadge } from "../components/badge.js";
import { button } from "../components/button.js";
import { openDialog } from "../components/dialog.js";
import { notice } from "../components/notice.js";
import { facts, pageHead, panel } from "../components/page.js";
import { table } from "../components/table.js";
import { tabs } from "../components/tabs.js";
import { fill, h, setText } from "../dom.js";
import { clock, dateTime, duration, metricName, number, percent, plural, taskName } from "../format.js";
import { get, poll } from "../server/http.js";
import { datasetName, missing } from "../server/names.js";
import { followJob } from "../server/stream.js";
import { familyName, isOver, lowerIsBetter } from "../words.js";
import { ending, headActions } from "./job/ending.js";
import { Leaderboard, parameters } from "./job/leaderboard.js";
import { Progress } from "./job/progress.js";
import { ScorePlot } from "./job/score-plot.js";
import { SearchState } from "./job/search-state.js";

export const title = "Training";

const REDRAW_MS = 250;

export default async function view({ params, signal, navigate, setTitle }) {
  const path = `/jobs/${encodeURIComponent(params.id)}`;
  let job = await get(path, { signal });
  const dataset = await datasetName(job.dataset_id);
  const search = new SearchState();
  let status = "live";
  let drawnTrials = -1;
  let shownState = null;

  const slots = { head: h("div", {}), ending: h("div", {}) };
  const progress = new Progress();
  const plot = new ScorePlot();
  const leaders = new Leaderboard();
  const trials = table(trialColumns(() => job.metric), [], { label: "All trials", keyOf: (trial) => trial.number });
  trials.element.classList.add("tall");
  const noTrials = h("p", { class: "panel-note" }, "No models tried yet.");
  const log = h("ol", { class: "log", tabindex: "0", "aria-label": "Log" });
  const about = [
    { id: "trials", label: "All trials", make: () => h("div", {}, noTrials, trials.element) },
    { id: "log", label: "Log", make: () => log },
    { id: "settings", label: "Settings", make: () => panel(null, {}, jobSettings(job, dataset)) },
  ];
  const lower = tabs(job.state === "failed" ? [...about.slice(1), about[0]] : about, { label: "More about this training" });
  const note = h("p", { class: "panel-note" });
  const columns = h("div", { class: "job-columns" },
    h("section", { class: "panel" }, h("div", { class: "panel-head" }, h("div", {}, h("h2", {}, "Score over time"), note)), plot.element),
    panel("Leaderboard", {}, leaders.element));

  async function take(changed) {
    if (isOver(job.state) && !isOver(changed.state)) return; // an outdated response
    job = changed;
    redraw();
    if (shownState === job.state) return;
    shownState = job.state;
    fill(slots.head, head(job, dataset, headActions(job, { navigate, onChanged: take })));
    fill(slots.ending, await ending(job, { signal, navigate }).catch((error) => notice("warn", "The result could not be loaded.", error.message)));
  }

  function draw() {
    progress.update(job, search, status);
    const metric = search.metric ?? job.metric;
    const ranked = search.leaders(metric);
    leaders.update(ranked, metric);
    const points = search.scoreHistory(metric, job.started_at ?? job.created_at);
    const untilS = isOver(job.state) ? (points.at(-1)?.at ?? 1) : progress.elapsedS;
    plot.update({ points, metric, baseline: search.baseline, untilS });
    setText(note, `Each dot is a trial; the line is the best score so far.${lowerIsBetter(metric) ? " Lower is better." : ""}`);
    columns.hidden = isOver(job.state) && !job.progress.trials_done && search.trials.size === 0;
    if (search.trials.size !== drawnTrials) trials.update([...search.trials.values()].sort((a, b) => b.number - a.number));
    drawnTrials = search.trials.size;
    noTrials.hidden = drawnTrials > 0;
    trials.element.hidden = drawnTrials === 0;
    while (log.children.length > search.lines.length) log.firstElementChild.remove();
    for (const line of search.lines.slice(log.children.length)) log.append(logLine(line));
    setTitle(isOver(job.state) ? `${STATE_TITLES[job.state]}: ${job.target}` : job.state === "queued" ? `Queued: ${job.target}` : `${percent(progress.share)} ${job.target}`);
  }

  const redraw = atMostEvery(REDRAW_MS, draw, signal);
  const ticker = setInterval(() => (progress.tick(), isOver(job.state) && clearInterval(ticker)), 1000);
  signal.addEventListener("abort", () => clearInterval(ticker));

  // The trials of a finished job are loaded at once, not one by one.
  if (isOver(job.state)) for (const trial of (await get(`${path}/trials?page_size=200`, { signal })).items) search.add("trial", trial);
  await take(job);
  draw();
  followJob(params.id, {
    signal,
    onStatus: (now) => ((status = now), redraw()),
    onEvent: (kind, data) => {
      search.add(kind, data);
      redraw();
      if (kind === "done" || kind === "state") void get(path, { signal }).then(take, () => {});
    },
  }).catch(() => {});
  const onLost = (problem) => {
    if (problem?.status === 404) fill(slots.ending, notice("info", "This training was deleted.", "It was deleted in another tab or over the API."));
  };
  if (!isOver(job.state)) poll(path, { signal, onLost, onValue: (now) => (void take(now), isOver(now.state) ? false : 2000) });

  return h("div", {}, slots.head, slots.ending, progress.element, columns, lower);
}

const STATE_TITLES = { succeeded: "Completed", failed: "Failed", cancelled: "Cancelled" };

function head(job, dataset, actions) {
  const from = dataset ? h("a", { href: `/datasets/${job.dataset_id}` }, dataset) : missing(job.dataset_id);
  return pageHead(job.name || `Predicting ${job.target}`, {
    back: ["/jobs", "Training"],
    badge: stateBadge(job.state),
    lead: [job.name ? `Predicting ${job.target} from ` : "From ", from],
    actions,
  });
}

const trialColumns = (metric) => [
  { key: "number", label: "Trial", number: true, sort: (trial) => trial.number, cell: (trial) => String(trial.number) },
  { key: "model", label: "Model", sort: (trial) => familyName(trial.model), cell: (trial) => familyName(trial.model) },
  { key: "score", label: "Score", number: true, sort: (trial) => trial.score, cell: (trial) => h("span", { title: metricName(metric()) }, number(trial.score)) },
  { key: "fit", label: "Fit time", number: true, class: "desk-only", sort: (trial) => trial.fit_s, cell: (trial) => duration(trial.fit_s) },
  { key: "state", label: "Status", class: "desk-only", sort: (trial) => trial.state, cell: (trial) => `${TRIAL_STATES[trial.state] ?? trial.state}${trial.truncated_folds ? ", cut short by time" : ""}` },
  { key: "params", label: "Parameters", cell: (trial) => parametersButton(trial) },
];

const TRIAL_STATES = { complete: "completed", pruned: "pruned", failed: "failed", stopped: "out of time", running: "running" };

function parametersButton(trial) {
  const names = Object.keys(trial.params ?? {});
  if (!names.length) return "–";
  const show = () => openDialog(`${familyName(trial.model)}, trial ${trial.number}`, parameters(trial.params));
  return button(plural(names.length, "parameter"), { kind: "quiet", class: "btn-small flush", run: show });
}

const logLine = ({ at, text }) => h("li", {}, h("time", { datetime: at, title: dateTime(at) }, at ? at.slice(11, 19) : ""), h("span", {}, text));

function jobSettings(job, dataset) {
  return facts([
    ["Dataset", dataset ?? "deleted"],
    ["Target", job.target],
    ["Type", taskName(job.task)],
    ["Metric", metricName(job.metric)],
    ["Time budget", clock(job.time_budget_s)],
    job.exclude_columns?.length > 0 && ["Excluded columns", job.exclude_columns.join(", ")],
    job.models && ["Model families", job.models.map(familyName).join(", ")],
    job.positive_class && ["Positive class", job.positive_class],
    job.group_column && ["Group column", job.group_column],
    job.time_column && ["Time column", job.time_column],
    ["Max. prediction time per row", job.max_predict_ms ? `${number(job.max_predict_ms)} ms` : "No limit"],
    ["Created", dateTime(job.created_at)],
    job.finished_at && ["Finished", dateTime(job.finished_at)],
    ["Job ID", job.id],
  ]);
}

/** Run soon, and again at most so often; not after the page was left. */
function atMostEvery(ms, run, signal) {
  let timer = null;
  return () => {
    timer ??= setTimeout(() => {
      timer = null;
      if (!signal.aborted) run();
    }, ms);
  };
}
