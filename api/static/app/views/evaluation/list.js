// Evaluations in a list: all of them, or those of one model.

import { badge, stateBadge } from "../../components/badge.js";
import { pagedTable } from "../../components/paged.js";
import { h } from "../../dom.js";
import { ago, dateTime, integer, metricName } from "../../format.js";
import { datasetName } from "../../server/names.js";
import { toneOf } from "../../words.js";
import { intervalWords } from "../../charts/interval.js";

/** @param query  what is listed, such as "model_id=…"; "" is all */
export const evaluationTable = (query, { signal }) =>
  pagedTable(`/evaluations${query ? `?${query}` : ""}`, columns(query === ""), { signal, label: "Tests on new data", empty: "No tests yet." });

/** The words of a dataset's name, filled in when it is known. */
export function datasetWords(id) {
  const words = h("span", {}, "…");
  void datasetName(id).then((name) => (words.textContent = name ?? "deleted dataset"));
  return words;
}

const columns = (withModel) => [
  {
    key: "data", label: "Dataset", class: "wide-cell",
    cell: ({ id, name, dataset_id: dataset, endpoint, version }) => h("div", { class: "two-lines" },
      h("a", { href: `/evaluations/${id}` }, name || datasetWords(dataset)),
      (name || endpoint) && h("span", { class: "fine" }, name && datasetWords(dataset), endpoint && ` version ${version} of ${endpoint}`)),
  },
  withModel && { key: "model", label: "Model", cell: ({ model_id: id, headline }) => h("a", { href: `/models/${id}` }, headline?.target ?? "model") },
  {
    key: "found", label: "Verdict",
    cell: ({ state, headline, error }) => (headline ? badge(headline.title, toneOf(headline.tone)) : h("span", { title: error?.detail }, stateBadge(state))),
  },
  { key: "score", label: "Score", number: true, class: "desk-only", cell: ({ headline }) => (headline ? h("div", { class: "two-lines end" }, h("span", {}, intervalWords(headline)), h("span", { class: "fine" }, metricName(headline.metric))) : "–") },
  { key: "rows", label: "Rows", number: true, class: "desk-only", cell: ({ headline }) => integer(headline?.rows) },
  { key: "at", label: "Begun", class: "desk-only", cell: ({ created_at: at }) => h("time", { datetime: at, title: dateTime(at) }, ago(at)) },
].filter(Boolean);
