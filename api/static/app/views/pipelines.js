// All pipelines: what each feeds, when it runs next, how its newest run went.

import { badge } from "../components/badge.js";
import { button, linkButton } from "../components/button.js";
import { emptyState } from "../components/empty.js";
import { liveList } from "../components/live-list.js";
import { pageHead } from "../components/page.js";
import { table } from "../components/table.js";
import { h } from "../dom.js";
import { ago, dateTime } from "../format.js";
import { isUnderWay, pathOf, runBadge, runPath, startsInARow, startsWords } from "../pipeline-words.js";
import { zonedTime } from "../schedule/words.js";
import { openPipelineForm } from "./pipeline/form.js";

export const title = "Pipelines";

const BUSY_MS = 2000;
const IDLE_MS = 10_000;

export default async function view({ query, signal, navigate }) {
  const pipelines = liveList("/pipelines", { signal, query, everyMs: (items) => (items.some(({ last_run: run }) => isUnderWay(run)) ? BUSY_MS : IDLE_MS), onItems: draw });
  const list = table(columns, [], { label: "Pipelines", keyOf: ({ id }) => id, href: ({ id }) => pathOf(id) });
  const full = h("div", { class: "stack" }, list.element, h("div", { class: "list-foot" }, pipelines.more));
  const create = () => button("New pipeline", { kind: "primary", icon: "plus", run: () => openPipelineForm({ signal, onDone: ({ id }) => navigate(pathOf(id)) }) });
  const add = create();
  const empty = emptyState("repeat", "No pipelines yet",
    "A pipeline fetches data, trains, compares the new model with the one that is served, and promotes it or asks you: by a schedule, on an event, on an alarm.",
    create(), linkButton("Endpoints", "/endpoints"));
  await pipelines.start();
  return h("div", {}, pageHead("Pipelines", { lead: "What trains, compares and promotes by itself.", actions: [add] }), full, empty);

  function draw(items) {
    full.hidden = add.hidden = items.length === 0;
    empty.hidden = !full.hidden;
    list.update(items);
  }
}

const columns = [
  {
    key: "name", label: "Pipeline", class: "wide-cell",
    cell: ({ id, name, endpoint, job, enabled }) => h("div", { class: "two-lines" }, h("a", { class: "strong-link clipped", href: pathOf(id) }, name), h("span", { class: "fine clipped" }, `${enabled ? "" : "paused, "}predicts ${job.target}, for the endpoint ${endpoint}`)),
  },
  {
    key: "run", label: "Newest run", class: "fetch-cell",
    cell: ({ last_run: run }) => (run ? h("div", { class: "two-lines" }, runBadge(run), h("a", { class: "fine clipped", href: runPath(run), title: run.why }, `Run ${run.number}, `, h("time", { datetime: run.created_at, title: dateTime(run.created_at) }, ago(run.created_at)))) : h("span", { class: "fine" }, "not run yet")),
  },
  { key: "when", label: "Starts", class: "desk-only refresh-cell", cell: (pipeline) => h("span", { class: "clipped", title: startsWords(pipeline).join("\n") }, startsInARow(pipeline)) },
  { key: "next", label: "Next", class: "desk-only", cell: nextCell },
];

function nextCell({ enabled, next_at: next, when }) {
  if (!enabled) return badge("paused", "warn");
  return next ? h("time", { datetime: next, title: dateTime(next) }, zonedTime(next, when.find(({ cron }) => cron)?.timezone)) : "–";
}
