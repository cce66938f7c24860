// Configure a training: what to predict, what is odd about it, how long, and which columns.

import { fill, h } from "../dom.js";
import { metricName, plural, roundDuration, taskName } from "../format.js";
import { get, poll, post } from "../server/http.js";
import { idempotencyKeys } from "../server/idempotency-key.js";
import { button, linkButton } from "../components/button.js";
import { errorNotice, notice } from "../components/notice.js";
import { facts, pageHead, panel } from "../components/page.js";
import { progressBar } from "../components/progress.js";
import { runCheck } from "./train/check.js";
import { excluder } from "./train/exclude.js";
import { findingList } from "./train/findings.js";
import { bodyOf, decided, fromJob, newPlan } from "./train/plan.js";
import { moreSettings } from "./train/settings.js";
import { targetPicker } from "./train/target.js";
import { positiveWords, taskAndMetric } from "./train/task.js";
import { timeChoice } from "./train/time.js";

export const title = "Train";

export default async function view({ params, query, signal, navigate, setTitle }) {
  const path = `/datasets/${encodeURIComponent(params.id)}`;
  const [found, me, earlier] = await Promise.all([
    get(path, { signal }),
    get("/me", { signal }),
    query.get("job") ? get(`/jobs/${encodeURIComponent(query.get("job"))}`, { signal }).catch(() => null) : null,
  ]);
  let dataset = found;
  const plan = earlier ? fromJob(earlier) : newPlan(query.get("target"));
  if (!dataset.columns.some(({ name }) => name === plan.target)) plan.target = null;
  let check = null; // {task, metric, why, findings}, of the present target
  let checkProblem = null;
  let checking = new AbortController();
  const keys = idempotencyKeys();

  setTitle(`Train on ${dataset.name}`);
  const head = pageHead("Train a model", { back: [`/datasets/${dataset.id}`, dataset.name] });
  const body = h("div", {});
  const parts = {
    target: [h("div", {}), targetPanel],
    checks: [h("div", { "aria-live": "polite" }), checkPanel],
    time: [h("div", {}), timePanel],
    columns: [h("div", {}), () => excluder(plan, dataset, () => refresh("checks", "side"))],
    more: [h("div", {}), () => moreSettings(plan, dataset, () => refresh("checks", "side"))],
    side: [h("aside", { class: "train-side", "aria-label": "Summary" }), sidePanel],
  };
  if (dataset.state === "rejected") return h("div", {}, head, errorNotice(dataset.error, { actions: [linkButton("View dataset", `/datasets/${dataset.id}`)] }));
  draw();
  if (plan.target) startCheck();
  if (dataset.state === "uploaded") poll(path, { signal, everyMs: 700, onValue: (next) => {
    if (next.state === "uploaded") return true;
    dataset = next;
    draw();
    return false;
  } });
  return h("div", {}, head, body);

  function draw() {
    if (!plan.target) return fill(body, targetPicker(dataset, choose));
    refresh(...Object.keys(parts));
    const { side, ...main } = parts;
    fill(body, h("div", { class: "split train" }, h("div", {}, Object.values(main).map(([element]) => element)), side[0]));
  }

  /** Draw these parts anew: those that show what has changed, and not the one in which it was changed. */
  function refresh(...names) {
    for (const name of names) fill(parts[name][0], parts[name][1]());
  }

  function choose(target) {
    plan.target = target;
    plan.exclude.delete(target);
    plan.task = plan.metric = "auto";
    plan.positive = null;
    const url = new URL(location.href);
    url.search = target ? `?target=${encodeURIComponent(target)}` : "";
    history.replaceState(history.state, "", url);
    check = checkProblem = null;
    draw();
    scrollTo(0, 0);
    body.querySelector("h2")?.focus();
    if (target) startCheck();
  }

  async function startCheck() {
    checking.abort();
    const mine = (checking = new AbortController());
    signal.addEventListener("abort", () => mine.abort(), { once: true });
    check = checkProblem = null;
    try {
      check = await runCheck(path, plan.target, mine.signal);
    } catch (error) {
      if (error.name === "AbortError") return;
      checkProblem = error;
    }
    if (!mine.signal.aborted) refresh("target", "checks", "side");
  }

  function targetPanel() {
    return panel(null, { class: "target-panel" },
      h("div", { class: "chosen-target" },
        h("div", { class: "truncate" }, h("div", { class: "fine" }, "Target"), h("h2", { class: "truncate", tabindex: "-1" }, plan.target)),
        button("Change target", { run: () => choose(null) })),
      check && taskAndMetric(plan, check, () => refresh("checks", "side")));
  }

  function checkPanel() {
    if (checkProblem) return panel("Checks", {}, notice("warn", "The dataset could not be checked", checkProblem.message, { actions: button("Check again", { run: startCheck }) }));
    if (!check) {
      const words = dataset.state === "uploaded" ? "Profiling the dataset first …" : "Looking for leakage and other data problems …";
      return panel("Checks", {}, progressBar("Checking the dataset", { words }).element);
    }
    return findingList(check, plan, dataset, () => refresh("target", "columns", "more", "side"), () => choose(null));
  }

  function timePanel() {
    const note = "More time finds better models, with diminishing returns. You can stop at any time and keep the best one.";
    return panel("Time budget", { note }, timeChoice(plan, dataset, me.quotas, () => refresh("side")));
  }

  function sidePanel() {
    const used = dataset.columns.length - 1 - plan.exclude.size;
    const { task, metric } = check ? decided(plan, check) : {};
    const blocked = check?.findings.find(({ severity }) => severity === "error");
    return h("div", { class: "panel" },
      facts([
        ["Target", plan.target],
        ["Type", task ? taskName(task) : "…"],
        ["Metric", metric ? metricName(metric) : "…"],
        task === "binary" && positiveWords(plan, check) && ["Positive class", positiveWords(plan, check)],
        ["Input", plural(used, "column")],
        ["Time budget", roundDuration(plan.budgetS)],
      ]),
      blocked && h("p", { class: "fine side-warning" }, "Training cannot start with this target: see the checks."),
      used === 0 && h("p", { class: "fine side-warning" }, "Every column is excluded: keep at least one."),
      button("Start training", { kind: "primary", class: "btn-large wide", icon: "play", disabled: Boolean(blocked) || used === 0, run: start }));
  }

  async function start() {
    const body = bodyOf(plan, dataset.id);
    const job = await post("/jobs", body, { headers: keys(body) });
    navigate(`/jobs/${job.id}`);
  }
}
