// What was done with the account, newest first.

import { h } from "../../dom.js";
import { ago, dateTime } from "../../format.js";
import { get } from "../../server/http.js";
import { button } from "../../components/button.js";
import { emptyState } from "../../components/empty.js";
import { pageHead } from "../../components/page.js";
import { table } from "../../components/table.js";

export const title = "Activity";

const PAGE = 100;
/** `noun.verb` in words; what is not here is shown as it is. */
const WORDS = {
  "account.created": "Account created",
  "password.changed": "Password changed",
  "password.reset": "Password reset",
  "key.created": "API key created",
  "key.revoked": "API key revoked",
  "dataset.created": "Dataset uploaded",
  "dataset.ready": "Dataset profiled",
  "dataset.rejected": "Dataset rejected",
  "dataset.expired": "Dataset deleted (retention period ended)",
  "dataset.corrected": "Dataset updated",
  "dataset.deleted": "Dataset deleted",
  "job.created": "Training started",
  "job.stop": "Training stopped, best model kept",
  "job.cancel": "Training cancellation requested",
  "job.cancelled": "Training cancelled",
  "job.expired": "Training deleted (retention period ended)",
  "job.succeeded": "Training completed",
  "job.failed": "Training failed",
  "job.deleted": "Training deleted",
  "model.updated": "Model described",
  "model.decision_set": "Decision rule of a model set",
  "model.decision_cleared": "Decision rule of a model removed",
  "model.deleted": "Model deleted",
  "evaluation.created": "Test on new data begun",
  "evaluation.deleted": "Test on new data deleted",
  "comparison.created": "Comparison begun",
  "comparison.deleted": "Comparison deleted",
  "webhook.created": "Webhook created",
  "webhook.updated": "Webhook changed",
  "webhook.confirmed": "Webhook confirmed",
  "webhook.deleted": "Webhook deleted",
  "model.expired": "Model deleted (retention period ended)",
  "endpoint.created": "Endpoint created",
  "endpoint.updated": "Endpoint updated",
  "endpoint.rolled_back": "Endpoint rolled back",
  "requests.deletion_requested": "Deletion of a key's requests asked for",
  "requests.deleted": "A key's requests deleted",
  "requests.not_deleted": "A key's requests could not be deleted",
  "endpoint.deleted": "Endpoint deleted",
  "version.created": "Version registered",
  "version.deleted": "Version deleted",
  "alias.set": "Alias set",
  "alias.deleted": "Alias deleted",
  "traffic.set": "Traffic changed",
  "prediction.created": "Prediction requested",
  "prediction.succeeded": "Prediction completed",
  "prediction.failed": "Prediction failed",
  "prediction.deleted": "Prediction deleted",
};
const PAGES = { dataset: "datasets", job: "jobs", model: "models" };

export default async function view({ signal }) {
  const found = await get(`/activity?page_size=${PAGE}`, { signal });
  let items = found.items;
  let token = found.next_page_token;
  const list = table([
    { label: "Time", cell: ({ at }) => h("time", { datetime: at, title: dateTime(at) }, ago(at)) },
    { label: "Action", cell: ({ action }) => WORDS[action] || action.replace(/[._]/g, " ") },
    { label: "", said: "Subject", class: "wide-cell", cell: ({ subject }) => link(subject) },
  ], items, { label: "Activity" });

  /** Where its thing is, if it has a page (it may be gone), by the name it was given as it was made. */
  function link(subject) {
    const [kind, id] = subject.split("/");
    if (kind === "user") return "";
    const made = items.find((other) => other.subject === subject && other.action.endsWith(".created"))?.detail;
    if (kind === "prediction") return made ? h("a", { href: `/${made.replace("model/", "models/")}/predict` }, "Model") : "";
    const name = made || id;
    return PAGES[kind] ? h("a", { href: `/${PAGES[kind]}/${encodeURIComponent(id)}` }, name) : name;
  }
  const more = button("Show older", { run: async () => {
    const page = await get(`/activity?page_size=${PAGE}&page_token=${encodeURIComponent(token)}`, { signal });
    items = [...items, ...page.items];
    token = page.next_page_token;
    list.update(items);
    more.hidden = !token;
  } });
  more.hidden = !token;
  return h("div", {},
    pageHead("Activity", { lead: "The history of this account." }),
    items.length ? h("div", { class: "stack" }, list.element, h("div", {}, more)) : emptyState("clock", "No activity yet", "Uploads, trainings, predictions and deletions are listed here."));
}
