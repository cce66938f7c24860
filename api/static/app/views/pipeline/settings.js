// A pipeline's settings in words.

import { facts, panel } from "../../components/page.js";
import { h } from "../../dom.js";
import { dateTime, metricName, percent, roundDuration } from "../../format.js";
import { startsWords } from "../../pipeline-words.js";
import { get } from "../../server/http.js";

const PROMOTED = { ask: "you are asked", auto: "promoted if it is better", never: "only registered" };

export async function settingsTab(pipeline, signal) {
  const { data, job, gate, guard, then, traffic, overlap, promote, as: alias, unless_unchanged: unchanged } = pipeline;
  return h("div", { class: "stack" },
    panel("What is trained", {}, facts([
      ["Data", await dataLink(data, signal)],
      data.plus && ["And", `labelled requests of ${data.plus.endpoint}`],
      ["Target", job.target],
      ["Metric", metricName(job.metric)],
      ["Time budget", roundDuration(job.time_budget_s)],
      job.exclude_columns?.length > 0 && ["Excluded columns", job.exclude_columns.join(", ")],
      ["Nothing new", unchanged ? "the run ends as unchanged" : "it is trained all the same"],
    ])),
    panel("What starts it", {}, h("ul", { class: "plain-list" }, startsWords(pipeline).map((text) => h("li", {}, text)), h("li", { class: "fine" }, overlap === "queue" ? "If the run before is still on, it waits its turn." : "If the run before is still on, it is skipped."))),
    panel("What becomes of the model", { note: "Champion and challenger are compared on rows that neither has seen." }, facts([
      ["A new model", PROMOTED[promote]],
      ["Promoted as", alias],
      traffic && ["Traffic", Object.entries(traffic).map(([name, share]) => `${percent(share)} to ${name}`).join(", ")],
      gate.min_gain !== undefined && ["Gain at least", String(gate.min_gain)],
      gate.confidence !== undefined && ["Confidence", percent(gate.confidence)],
      gate.holdout !== undefined && ["Rows left out to compare on", percent(gate.holdout)],
      then && ["Then", `champion after ${then.champion_after}${then.if ? `, if ${then.if}` : ""}`],
      ["Guard", guard ? `rolls back on ${guard.rollback_if.join(" or ")} within ${guard.within}` : "none"],
      ["Changed", dateTime(pipeline.changed_at)],
    ])));
}

async function dataLink({ dataset_id: dataset, source_id: source }, signal) {
  const href = source ? `/sources/${encodeURIComponent(source)}` : `/datasets/${encodeURIComponent(dataset)}`;
  const found = await get(href, { signal }).catch(() => null);
  return found ? h("a", { href }, source ? `${found.name} (source)` : found.name) : `deleted ${source ? "source" : "dataset"}`;
}
