// Families, phases and tones in words that people read; see also format.js.

import { FAMILIES, METRICS } from "./vocabulary.js";

export const familyName = (family) => (family === "ensemble" ? "Ensemble" : FAMILIES[family] ?? family);

/** "lightgbm-12" as "LightGBM 12". */
export function memberName(name) {
  const [, family, number] = /^(.*?)(?:-(\d+))?$/s.exec(name);
  return number ? `${familyName(family)} ${number}` : familyName(name);
}

export const lowerIsBetter = (metric) => METRICS[metric]?.greater_is_better === false;

/** The best a score can be; errors and losses end at 0. */
export const perfect = (metric) => (lowerIsBetter(metric) ? 0 : 1);

/** A job's phases in order: what each does. */
export const PHASES = [
  { name: "reading", title: "Read", text: "Reading the dataset." },
  { name: "cleaning", title: "Prepare", text: "Inferring column types and encoding the features." },
  { name: "searching", title: "Search", text: "Trying models and hyperparameters. Each is scored on rows it was not trained on." },
  { name: "ensembling", title: "Ensemble", text: "Selecting the models that score best together." },
  { name: "finishing", title: "Finish", text: "Refitting the selected models on all rows and measuring feature importance." },
  { name: "saving", title: "Save", text: "Saving the model." },
];

export const isOver = (state) => state === "succeeded" || state === "failed" || state === "cancelled";

/** The badge colour of a verdict's tone. */
export const toneOf = (tone) => ({ good: "good", fair: "warn", poor: "bad" })[tone] ?? "calm";

/** Whether a model explains its predictions: an uploaded one without rows to compare with, its example, does not. */
export const isExplained = (model) => model.origin !== "uploaded" || Boolean(model.example);
