// The ensemble and the search that found it.

import { panel } from "../../components/page.js";
import { table } from "../../components/table.js";
import { h } from "../../dom.js";
import { duration, integer, metricName, number, percent, plural } from "../../format.js";
import { memberName } from "../../words.js";
import { learningFigure, searchFigure } from "./figures.js";
import { figure } from "./performance.js";

export function membersTab(model, { trials, learning, outlook }) {
  const search = trials && searchFigure(trials, model.metric);
  const curve = learning && learningFigure(learning, model.metric);
  const members = model.leaderboard.filter(({ weight }) => weight > 0).length;
  return h("div", { class: "stack" },
    panel("Leaderboard", { note: `${integer(members)} of ${plural(model.leaderboard.length, "model")} in the ensemble; the weight is each model's share of the vote.${limitNote(model)}` }, table(columns(model), model.leaderboard, { label: "Leaderboard" }).element),
    h("div", { class: "figures" },
      search && figure({ ...search, text: `${plural(trials.length, "trial")}; each dot is a trial, the line is the best score so far.`, wide: true }),
      curve && figure({ ...curve, text: outlook })));
}

const limitNote = ({ max_predict_ms: limit }) => (limit === undefined ? "" : limit === null ? " No limit on the time per row." : ` Together they may take ${number(limit)} ms per row.`);

const scoreText = ({ score, truncated_folds: short, folds }) => h("span", short ? { title: `Time ended the fit of ${short} of ${folds} folds early.` } : {}, `${number(score)}${short ? " *" : ""}`);

const weightBar = (weight) => h("div", { class: "weight" },
  h("span", { class: "bars-track", "aria-hidden": "true" }, h("span", { class: "bars-bar", style: { "--share": weight } })),
  h("span", {}, percent(weight)));

const columns = (model) => [
  { key: "name", label: "Model", class: "member-cell", sort: (entry) => entry.name, cell: (entry) => memberName(entry.name) },
  { key: "score", label: metricName(model.metric), number: true, sort: (entry) => entry.score, cell: scoreText },
  {
    key: "weight", label: "Weight", class: "weight-cell", sort: (entry) => entry.weight,
    cell: (entry) => (entry.weight > 0 ? weightBar(entry.weight) : h("span", { class: "fine" }, entry.left_out_reason ?? "–")),
  },
  { key: "fit", label: "Fit time", number: true, class: "desk-only", sort: (entry) => entry.fit_s, cell: (entry) => duration(entry.fit_s) },
  { key: "row", label: "Time per row", number: true, class: "desk-only", sort: (entry) => entry.predict_ms_per_row, cell: (entry) => (entry.predict_ms_per_row === null || entry.predict_ms_per_row === undefined ? "–" : `${number(entry.predict_ms_per_row, 2)} ms`) },
];
