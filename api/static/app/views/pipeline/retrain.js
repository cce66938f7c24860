// "Retrain weekly": a pipeline for an endpoint, as its model was trained: the same data, the same settings.

import { h } from "../../dom.js";
import { pathOf, startsInARow } from "../../pipeline-words.js";
import { browserZone } from "../../schedule/words.js";
import { get, getAll } from "../../server/http.js";
import { bodyOf, fromJob } from "../train/plan.js";
import { openPipelineForm } from "./form.js";

const MONDAY_NIGHT = "0 3 * * MON";
const MOST = 200;

/** Pipelines that feed an endpoint. */
export const pipelinesOf = async (endpoint, signal) => (await getAll("/pipelines", { signal, most: MOST })).filter((each) => each.endpoint === endpoint);

/** "Retrained by Weekly: at 03:00 on Monday." */
export const retrainedBy = (pipelines) => pipelines.map((each) => h("div", {}, "Retrained by ", h("a", { href: pathOf(each.id) }, each.name), each.enabled ? `: ${startsInARow(each)}.` : ", which is paused."));

/** Ask, with all that is known filled in. @param model  that the endpoint serves */
export async function askRetraining(endpoint, model, { signal, navigate }) {
  const [dataset, job] = await Promise.all([found(`/datasets/${encodeURIComponent(model.dataset_id)}`, signal), found(`/jobs/${encodeURIComponent(model.job_id)}`, signal)]);
  const source = dataset?.origin?.source && (await found(`/sources/${encodeURIComponent(dataset.origin.source)}`, signal));
  await openPipelineForm({
    heading: `Retrain ${endpoint} weekly`,
    preset: {
      name: `${endpoint} weekly`,
      endpoint,
      data: source ? { source_id: source.id } : dataset ? { dataset_id: dataset.id } : undefined,
      job: settingsOf(job, model),
      when: [{ cron: MONDAY_NIGHT, timezone: browserZone() }],
      promote: "ask",
    },
    signal,
    onDone: ({ id }) => navigate(pathOf(id)),
  });
}

/** What the training was told, without its data and its name. */
function settingsOf(job, { target }) {
  if (!job) return { target };
  const { dataset_id: _data, name: _name, ...settings } = bodyOf(fromJob(job), job.dataset_id);
  return settings;
}

async function found(path, signal) {
  try {
    return await get(path, { signal });
  } catch (error) {
    if (error.status !== 404) throw error;
    return null;
  }
}
