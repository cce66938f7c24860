// How a training ended, and what can be done next.

import { badge } from "../../components/badge.js";
import { button, linkButton } from "../../components/button.js";
import { confirm } from "../../components/dialog.js";
import { errorNotice, notice } from "../../components/notice.js";
import { scoreMeter } from "../../charts/charts.js";
import { h } from "../../dom.js";
import { duration, metricName, number, plural } from "../../format.js";
import { del, get, post } from "../../server/http.js";
import { perfect, toneOf } from "../../words.js";
import { tellButton } from "./tell.js";

/** The element that tells of it; null while the job is not over. */
export async function ending(job, { signal, navigate }) {
  if (job.state === "failed") {
    return errorNotice(job.error ?? { detail: "The training failed for an unknown reason." }, {
      actions: [changed(job, "primary"), again(job, navigate)],
    });
  }
  if (job.state === "cancelled") return notice("info", "The training was cancelled.", "No model was kept.", { actions: [changed(job, "plain"), again(job, navigate)] });
  if (job.state !== "succeeded") return null;
  try {
    return result(job, await get(`/models/${job.model_id}`, { signal }));
  } catch (error) {
    if (error.status !== 404) throw error;
    return notice("info", "The model of this training was deleted.", "Its trials and its log are kept below.", { actions: [again(job, navigate)] });
  }
}

function result(job, model) {
  const { mean, standard_error: error } = model.scores.reported[model.metric] ?? {};
  const baseline = model.scores.baseline[model.metric]?.mean;
  const tone = toneOf(model.verdict?.tone);
  return h("section", { class: "panel result" },
    h("div", { class: "result-words" },
      h("p", { class: "eyebrow" }, "Completed in ", duration(job.progress.elapsed_s), ", ", plural(job.progress.trials_done, "model"), " tried"),
      h("h2", {}, model.verdict?.title ?? "Model trained", " ", badge(`${metricName(model.metric)} ${number(mean)}`, tone)),
      (model.verdict?.sentences ?? []).slice(0, 1).map((text) => h("p", {}, text)),
      h("div", { class: "page-actions" },
        linkButton("View model", `/models/${model.id}`, { kind: "primary" }),
        linkButton("Predict", `/models/${model.id}/predict`, { kind: "plain" }))),
    scoreMeter({ score: mean, error, baseline, best: perfect(model.metric), tone }));
}

/** The buttons of the head, as the state allows. */
export function headActions(job, { navigate, onChanged }) {
  const act = (path) => async () => onChanged(await post(`/jobs/${job.id}/${path}`));
  if (job.state === "queued") return [tellButton(job, navigate), button("Cancel", { run: act("cancel") })];
  if (job.state === "running") {
    return [
      tellButton(job, navigate),
      button("Stop and keep the best", { icon: "stop", run: act("stop") }),
      button("Cancel", { kind: "quiet", run: () => confirm("Cancel this training?", "All models found so far are discarded. To keep the best one, stop the training instead.", { action: "Cancel training", run: act("cancel") }) }),
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
    button("Delete", { kind: "quiet", icon: "trash", run: () => confirm("Delete this training?", "Its trials and its log are deleted. The trained model is kept.", { run: forget }) }),
  ];
}

const changed = (job, kind, label = "Edit and train again") => linkButton(label, `/datasets/${job.dataset_id}/train?job=${job.id}`, { kind, icon: "edit" });

const again = (job, navigate) =>
  button("Retry", { icon: "retry", run: async () => navigate(`/jobs/${(await post(`/jobs/${job.id}/retry`)).id}`) });
