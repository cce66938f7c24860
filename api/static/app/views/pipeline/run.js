// One run, live: what started it, each step with its figures and its why, how it ended, what a person may say.

import { errorNotice, notice } from "../../components/notice.js";
import { facts, pageHead } from "../../components/page.js";
import { fill, h } from "../../dom.js";
import { authorWords } from "../../endpoint-words.js";
import { dateTime, duration } from "../../format.js";
import { ASKING, STEPS, figurePairs, isOver, isUnderWay, pathOf, refLink, runBadge, stepBadge, stepTitle, triggerWords } from "../../pipeline-words.js";
import { get, getAll, poll } from "../../server/http.js";
import { answerButtons } from "./answers.js";

export const title = "Run";

const BUSY_MS = 1500;
const IDLE_MS = 5000;

export default async function view({ params, signal, setTitle }) {
  const path = `${pathOf(params.id)}/runs/${encodeURIComponent(params.number)}`;
  const [pipeline, first, named] = await Promise.all([get(pathOf(params.id), { signal }), get(path, { signal }), getAll("/keys", { signal })]);
  const keys = new Map(named.map(({ id, name }) => [id, name]));
  const head = h("div", {});
  const said = h("div", { role: "status" });
  const steps = h("ol", { class: "run-steps", "aria-label": "Steps" });
  draw(first);
  poll(path, { signal, everyMs: BUSY_MS, onValue: (run) => {
    draw(run);
    return isUnderWay(run) ? BUSY_MS : IDLE_MS;
  } });
  return h("div", {}, head, said, steps);

  function draw(run) {
    setTitle(`Run ${run.number}, ${pipeline.name}`);
    fill(head, pageHead(`Run ${run.number}`, {
      back: [pathOf(pipeline.id), pipeline.name],
      badge: runBadge(run),
      lead: [h("time", { datetime: run.created_at }, dateTime(run.created_at)), ". ", triggerWords(run, keys)],
      actions: answerButtons(run, draw),
    }));
    fill(said, outcome(run, keys));
    const begun = new Set(run.steps.map(({ name }) => name));
    const toCome = isOver(run) ? [] : STEPS.filter(([name]) => !begun.has(name));
    fill(steps, run.steps.map(stepItem), toCome.map(([, label]) => h("li", { class: "run-step to-come" }, h("div", { class: "run-step-head" }, h("h2", {}, label), h("span", { class: "fine" }, "to come")))));
  }
}

function outcome(run, keys) {
  const { state, why, error, decision, cancelled } = run;
  const by = decision ? `${{ approve: "Approved", reject: "Rejected" }[decision.action] ?? "Expired"} ${dateTime(decision.at)} by ${authorWords(decision.by, keys)}${decision.why ? `: “${decision.why}”` : "."}` : cancelled?.at ? `Cancelled ${dateTime(cancelled.at)}${cancelled.why ? `: “${cancelled.why}”` : "."}` : null;
  const text = h("div", {}, h("p", {}, why), by && h("p", {}, by));
  if (state === ASKING) return notice("warn", "It asks you", text);
  if (state === "failed" && error) return errorNotice({ ...error, detail: why || error.detail });
  return notice(state === "promoted" ? "good" : state === "failed" ? "bad" : "info", null, text);
}

function stepItem(step) {
  const { name, state, at, ended_at: to, why, figures, ref } = step;
  const link = refLink(ref);
  const pairs = figurePairs(figures ?? {});
  return h("li", { class: `run-step ${state}` },
    h("div", { class: "run-step-head" }, h("h2", {}, stepTitle(name)), stepBadge(step), h("span", { class: "fine" }, to ? duration((Date.parse(to) - Date.parse(at)) / 1000) : `since ${dateTime(at)}`), link && h("a", { href: link[0] }, link[1])),
    why && h("p", { class: "run-step-why" }, why),
    pairs.length > 0 && facts(pairs));
}
