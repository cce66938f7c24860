// A pipeline's settings in words.

import { facts, panel } from "../../components/page.js";
import { h } from "../../dom.js";
import { dateTime, metricName, roundDuration } from "../../format.js";
import { gateWords, promotionWords, startsWords } from "../../pipeline-words.js";
import { get, getAll } from "../../server/http.js";

const PROMOTED = { ask: "You are asked.", auto: "It is promoted if it is better.", never: "It is only registered." };

export async function settingsTab(pipeline, signal) {
  const { data, job, gate, overlap, promote, notify, unless_unchanged: unchanged } = pipeline;
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
    panel("What becomes of the model", {}, h("dl", { class: "said-of" }, [
      ["A new model", PROMOTED[promote]],
      promote !== "never" && ["Compared", `${gateWords(gate)}.`],
      promote !== "never" && ["Promoted", `${promotionWords(pipeline)}.`],
      ["Told", await toldWords(notify, signal)],
      ["Changed", dateTime(pipeline.changed_at)],
    ].filter(Boolean).map(([name, text]) => [h("dt", {}, name), h("dd", {}, text)]))));
}

async function toldWords(names, signal) {
  if (!names.length) return "Nobody but who wants to hear of every run.";
  const webhooks = new Map((await getAll("/webhooks", { signal })).map(({ id, url, note }) => [id, note || url]));
  return names.map((name) => webhooks.get(name) ?? name).join(", ");
}

async function dataLink({ dataset_id: dataset, source_id: source }, signal) {
  const href = source ? `/sources/${encodeURIComponent(source)}` : `/datasets/${encodeURIComponent(dataset)}`;
  const found = await get(href, { signal }).catch(() => null);
  return found ? h("a", { href }, source ? `${found.name} (source)` : found.name) : `deleted ${source ? "source" : "dataset"}`;
}
