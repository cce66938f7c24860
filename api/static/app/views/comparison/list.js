// Comparisons in a list.

import { stateBadge } from "../../components/badge.js";
import { pagedTable } from "../../components/paged.js";
import { h } from "../../dom.js";
import { ago, dateTime, integer, plural } from "../../format.js";
import { datasetWords } from "../evaluation/list.js";

export const comparisonTable = ({ signal }) => pagedTable("/comparisons", columns, { signal, label: "Comparisons", empty: "No comparisons yet. Choose models in the list of models, and compare them on a labelled dataset." });

const columns = [
  { key: "name", label: "Comparison", class: "wide-cell", cell: ({ id, name, dataset_id: dataset, models }) => h("div", { class: "two-lines" }, h("a", { href: `/comparisons/${id}` }, name || plural(models.length, "model")), h("span", { class: "fine" }, "on ", datasetWords(dataset))) },
  { key: "found", label: "Verdict", class: "wrap", cell: ({ state, title, error }) => title ?? h("span", { title: error?.detail }, stateBadge(state)) },
  { key: "rows", label: "Rows", number: true, class: "desk-only", cell: ({ rows }) => integer(rows) },
  { key: "at", label: "Begun", class: "desk-only", cell: ({ created_at: at }) => h("time", { datetime: at, title: dateTime(at) }, ago(at)) },
];
