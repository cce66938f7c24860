// One pipeline: what starts it and when next, its runs, its settings, the address that events come to.

import { badge } from "../components/badge.js";
import { button } from "../components/button.js";
import { confirm, openDialog } from "../components/dialog.js";
import { field } from "../components/field.js";
import { liveList } from "../components/live-list.js";
import { notice } from "../components/notice.js";
import { pageHead } from "../components/page.js";
import { tabs } from "../components/tabs.js";
import { toast } from "../components/toast.js";
import { fill, h } from "../dom.js";
import { ASKING, isUnderWay, pathOf, runPath, startsInARow } from "../pipeline-words.js";
import { zonedTime } from "../schedule/words.js";
import { del, get, patch, post } from "../server/http.js";
import { answerButtons } from "./pipeline/answers.js";
import { eventsTab } from "./pipeline/events.js";
import { openPipelineForm } from "./pipeline/form.js";
import { runTable } from "./pipeline/runs.js";
import { settingsTab } from "./pipeline/settings.js";

export const title = "Pipeline";

const BUSY_MS = 1500;
const IDLE_MS = 5000;

export default async function view({ params, signal, navigate, setTitle }) {
  const path = pathOf(params.id);
  let pipeline = null;
  let tag = null;
  let shown = null;
  await load();
  const head = h("div", {});
  const asks = h("div", { role: "status" });
  const below = h("div", {});
  const list = runTable();
  const none = h("p", { class: "muted" }, "It has not run yet. “Run now” starts it at once.");
  const runs = liveList(`${path}/runs`, { signal, keyOf: ({ number }) => number, everyMs: (items) => (items.some(isUnderWay) ? BUSY_MS : IDLE_MS), onItems: take });
  drawHead();
  await runs.start();
  drawTabs();
  return h("div", {}, head, asks, below);

  async function load() {
    const response = await get(path, { signal, raw: true });
    tag = response.headers.get("ETag");
    pipeline = await response.json();
  }

  async function take(items) {
    list.update(items);
    list.element.hidden = items.length === 0;
    none.hidden = items.length > 0;
    const waiting = items.filter(({ state }) => state === ASKING);
    const now = waiting.map(({ number }) => number).join();
    if (now !== shown) fill(asks, waiting.map((run) => notice("warn", `Run ${run.number} asks you`, run.why, { actions: [...answerButtons(run, () => runs.change({})), h("a", { class: "btn btn-quiet", href: runPath(run) }, "See the run")] })));
    shown = now;
  }

  function drawHead() {
    setTitle(pipeline.name);
    const { name, endpoint, enabled, next_at: next, when, job } = pipeline;
    const zone = when.find(({ cron }) => cron)?.timezone;
    fill(head, pageHead(name, {
      back: ["/pipelines", "Pipelines"],
      badge: enabled ? badge("on", "good") : badge("paused", "warn"),
      lead: [`Trains models of ${job.target} for the endpoint `, h("a", { href: `/endpoints/${encodeURIComponent(endpoint)}` }, endpoint), ". ",
        h("div", {}, startsInARow(pipeline), next && h("span", {}, ". Next: ", h("time", { datetime: next }, zonedTime(next, zone))), ".")],
      actions: [
        button("Run now", { kind: "primary", icon: "play", run: runNow }),
        button(enabled ? "Pause" : "Resume", { icon: enabled ? "pause" : "play", title: enabled ? "Only a person starts it from then on." : "", run: () => change({ enabled: !enabled }) }),
        button("Change", { icon: "edit", run: () => openPipelineForm({ pipeline, tag, signal, onDone: changed }) }),
        button("Delete", { kind: "quiet", icon: "trash", only: true, run: remove }),
      ],
    }));
  }

  function drawTabs() {
    fill(below, tabs([
      { id: "runs", label: "Runs", make: () => h("div", {}, none, list.element, h("div", { class: "list-foot" }, runs.more)) },
      { id: "settings", label: "Settings", make: () => settingsTab(pipeline, signal) },
      { id: "events", label: "Events", make: () => eventsTab(pipeline, { signal, change }) },
    ], { label: "About this pipeline" }));
  }

  async function runNow() {
    const again = field("Train although nothing is new", { type: "checkbox", hint: "Else a run whose data and settings are those of the last one ends as unchanged." });
    const why = field("Why (optional)", { maxlength: 1000 });
    let started = null;
    await openDialog(`Run ${pipeline.name} now`, [again.element, why.element], { actions: [{ label: "Run", run: async () => {
      started = await post(`${path}/runs`, { ...(again.value() && { unless_unchanged: false }), ...(why.value().trim() && { why: why.value().trim() }) });
    } }] }).closed;
    if (started) await runs.put(started);
  }

  async function change(body) {
    await patch(path, body);
    await changed();
  }

  async function changed() {
    await load();
    drawHead();
    drawTabs();
    toast("Saved.", { kind: "good" });
  }

  async function remove() {
    if (!(await confirm(`Delete ${pipeline.name}?`, "With all its runs; those that are on are cancelled, and rows that came by events are deleted. Models and versions stay.", { run: () => del(path) }))) return;
    navigate("/pipelines", { replace: true });
  }
}
