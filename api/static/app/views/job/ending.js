// How a training ended, and what can be done next.

import { badge } from "../../components/badge.js";
import { button, linkButton } from "../../components/button.js";
import { confirm } from "../../components/dialog.js";
import { errorNotice, notice } from "../../components/notice.js";
import { scoreMeter } from "../../charts.js";
import { h } from "../../dom.js";
import { duration, metricName, number, plural } from "../../format.js";
import { del, get, post } from "../../http.js";
import { perfect, toneOf } from "../../words.js";

/** The element that tells of it; null while the job is not over. */
export async function ending(job, { signal, navigate }) {
  if (job.state === "failed") {
    return errorNotice(job.error ?? { detail: "It failed, and nobody knows why." }, {
      actions: [changed(job, "primary"), again(job, navigate)],
    });
  }
  if (job.state === "cancelled") return notice("info", "It was cancelled.", "Nothing was kept.", { actions: [changed(job, "plain"), again(job, navigate)] });
  if (job.state !== "succeeded") return null;
  try {
    return result(job, await get(`/models/${job.model_id}`, { signal }));
  } catch (error) {
    if (error.status !== 404) throw error;
    return notice("info", "The model of this training was deleted.", "What was tried is still told below.", { actions: [again(job, navigate)] });
  }
}

function result(job, model) {
  const { mean, standard_error: error } = model.scores.reported[model.metric] ?? {};
  const baseline = model.scores.baseline[model.metric]?.mean;
  const tone = toneOf(model.verdict?.tone);
  return h("section", { class: "panel result" },
    h("div", { class: "result-words" },
      h("p", { class: "eyebrow" }, "Done in ", duration(job.progress.elapsed_s), ", ", plural(job.progress.trials_done, "model"), " tried"),
      h("h2", {}, model.verdict?.title ?? "A model was made", " ", badge(`${metricName(model.metric)} ${number(mean)}`, tone)),
      (model.verdict?.sentences ?? []).slice(0, 1).map((text) => h("p", {}, text)),
      h("div", { class: "page-actions" },
        linkButton("See the result", `/models/${model.id}`, { kind: "primary" }),
        linkButton("Predict", `/models/${model.id}/predict`, { kind: "plain" }))),
    scoreMeter({ score: mean, error, baseline, best: perfect(model.metric), tone }));
}

/** The buttons of the head, as the state allows. */
export function headActions(job, { navigate, onChanged }) {
  const act = (path) => async () => onChanged(await post(`/jobs/${job.id}/${path}`));
  if (job.state === "queued") return [button("Cancel", { run: act("cancel") })];
  if (job.state === "running") {
    return [
      button("Stop and keep the best", { icon: "stop", run: act("stop") }),
      button("Cancel", { kind: "quiet", run: () => confirm("Cancel this training?", "All that it has found so far is thrown away. To keep it, stop the training instead.", { action: "Cancel the training", run: act("cancel") }) }),
    ];
  }
  if (job.state === "stopping") return [button("Cancel", { kind: "quiet", run: act("cancel") })];
  if (job.state === "cancelling") return [];
  const forget = async () => {
    await del(`/jobs/${job.id}`);
    navigate("/jobs");
  };
  return [
    job.state === "succeeded" && changed(job, "plain", "Train again"),
    button("Delete", { kind: "quiet", icon: "trash", run: () => confirm("Delete this training?", "Its history of trials and its log are deleted. The model that it made stays.", { run: forget }) }),
  ];
}

const changed = (job, kind, label = "Change and train again") => linkButton(label, `/datasets/${job.dataset_id}/train?job=${job.id}`, { kind, icon: "edit" });

const again = (job, navigate) =>
  button("Try the same again", { icon: "retry", run: async () => navigate(`/jobs/${(await post(`/jobs/${job.id}/retry`)).id}`) });
