// What was decided so far about a training, and the body of POST /jobs that says it.

import { DEFAULT_MAX_PREDICT_MS, METRICS_OF } from "../../vocabulary.js";

export const newPlan = (target = null) => ({
  target,
  task: "auto",
  metric: "auto",
  budgetS: null, // chosen by views/train/time.js
  exclude: new Set(),
  group: null,
  time: null,
  positive: null,
  models: null, // null: all families
  seed: 0,
  name: "",
  maxPredictMs: DEFAULT_MAX_PREDICT_MS, // null: no limit
});

/** The plan of an earlier job, to be changed. Its task and metric may have been found out: they are taken as found. */
export const fromJob = (job) => ({
  ...newPlan(job.target),
  task: job.task,
  metric: job.metric,
  budgetS: job.time_budget_s,
  exclude: new Set(job.exclude_columns || []),
  group: job.group_column ?? null,
  time: job.time_column ?? null,
  positive: job.positive_class ?? null,
  models: job.models ? new Set(job.models) : null,
  seed: job.seed ?? 0,
  name: job.name ?? "",
  maxPredictMs: job.max_predict_ms ?? null,
});

/** Task and metric as they will be: what is "auto" is what the check found. */
export function decided(plan, check) {
  const task = plan.task === "auto" ? check.task : plan.task;
  if (plan.metric !== "auto") return { task, metric: plan.metric };
  return { task, metric: task === check.task ? check.metric : METRICS_OF[task][0] };
}

export function bodyOf(plan, datasetId) {
  const body = {
    dataset_id: datasetId,
    target: plan.target,
    task: plan.task,
    metric: plan.metric,
    time_budget_s: plan.budgetS,
    seed: plan.seed,
    exclude_columns: [...plan.exclude],
    max_predict_ms: plan.maxPredictMs,
  };
  if (plan.name.trim()) body.name = plan.name.trim();
  if (plan.models) body.models = [...plan.models];
  if (plan.positive) body.positive_class = plan.positive;
  if (plan.group) body.group_column = plan.group;
  if (plan.time) body.time_column = plan.time;
  return body;
}
