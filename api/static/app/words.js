// The service's own names in words that people read; see also format.js.

import { METRICS } from "./format.js";
import { FAMILIES } from "./vocabulary.js";

export const familyName = (family) => (family === "ensemble" ? "All of them together" : FAMILIES[family] ?? family);

/** "lightgbm-12" as "LightGBM 12". */
export function memberName(name) {
  const [, family, number] = /^(.*?)(?:-(\d+))?$/s.exec(name);
  return number ? `${familyName(family)} ${number}` : familyName(name);
}

export const lowerIsBetter = (metric) => METRICS[metric]?.more === false;

/** The best a score can be; errors and losses end at 0. */
export const perfect = (metric) => (lowerIsBetter(metric) ? 0 : 1);

/** A job's phases in order: what each does. */
export const PHASES = [
  { name: "reading", title: "Read", text: "Reading the table." },
  { name: "cleaning", title: "Prepare", text: "Finding out what each column holds, and making numbers of it." },
  { name: "searching", title: "Search", text: "Trying models and settings. Each is scored on rows that it has not seen." },
  { name: "ensembling", title: "Combine", text: "Choosing the models that are best together." },
  { name: "finishing", title: "Finish", text: "Fitting the chosen models on all rows, and measuring what matters to them." },
  { name: "saving", title: "Save", text: "Writing the model down." },
];

export const isOver = (state) => state === "succeeded" || state === "failed" || state === "cancelled";

/** The badge colour of a verdict's tone. */
export const toneOf = (tone) => ({ good: "good", fair: "warn", poor: "bad" })[tone] ?? "calm";
