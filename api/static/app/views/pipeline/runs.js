// Runs of a pipeline: how each went and why, what started it, which version came of it.

import { table } from "../../components/table.js";
import { h } from "../../dom.js";
import { ago, dateTime } from "../../format.js";
import { runBadge, runPath, triggerKind, triggerWords } from "../../pipeline-words.js";

export const runTable = () => table(columns, [], { label: "Runs", keyOf: ({ number }) => number, href: runPath });

const columns = [
  { key: "number", label: "Run", cell: (run) => h("div", { class: "two-lines" }, h("a", { class: "strong-link", href: runPath(run) }, `Run ${run.number}`), h("time", { class: "fine", datetime: run.created_at, title: dateTime(run.created_at) }, ago(run.created_at))) },
  { key: "state", label: "State", cell: runBadge },
  { key: "why", label: "Why", class: "wrap", cell: ({ why }) => why },
  { key: "trigger", label: "Started", class: "desk-only", cell: (run) => h("span", { title: triggerWords(run) }, triggerKind(run)) },
  { key: "version", label: "Version", class: "desk-only", cell: ({ endpoint, version }) => (version ? h("a", { href: `/endpoints/${encodeURIComponent(endpoint)}` }, `Version ${version}`) : "–") },
];
