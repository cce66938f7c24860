// The names that the page shares with the API, as the shell carries them (vocabulary.py).

const {
  baseline, default_max_predict_ms: defaultMaxPredictMs, default_time_budget_s: defaultTimeBudgetS, families, gate, metrics,
  metrics_by_task: metricsByTask,
} = JSON.parse(document.body.dataset.vocabulary);

/** What people call each family: {lightgbm: "LightGBM", …}. */
export const FAMILIES = families;

/** Milliseconds that the models of an ensemble may take per row, unless the user says otherwise. */
export const DEFAULT_MAX_PREDICT_MS = defaultMaxPredictMs;

/** Seconds of a training, unless the user says otherwise. */
export const DEFAULT_TIME_BUDGET_S = defaultTimeBudgetS;

/** The families that may be chosen, as POST /jobs takes them. */
export const CHOOSABLE_FAMILIES = Object.keys(families).filter((family) => family !== baseline);

/** What a gate of a pipeline does where it is not told otherwise: {metric: "auto", confidence: 0.95, …}. */
export const GATE = gate;

/** Each metric: {auc: {name, description, greater_is_better}, …}. */
export const METRICS = metrics;

/** The metrics of each task, as POST /jobs takes them; the first is the default. */
export const METRICS_OF = metricsByTask;
