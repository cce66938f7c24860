// What the account asked for and how it ended, newest first.

import { h } from "../dom.js";
import { ago, dateTime } from "../format.js";
import { get } from "../http.js";
import { button } from "../components/button.js";
import { emptyState } from "../components/empty.js";
import { pageHead } from "../components/page.js";
import { table } from "../components/table.js";

export const title = "Activity";

const PAGE = 100;
/** `noun.verb` in words; what is not here is shown as it is. */
const WORDS = {
  "account.created": "Account made",
  "password.changed": "Password changed",
  "password.reset": "Password reset",
  "key.created": "API key made",
  "key.revoked": "API key revoked",
  "dataset.created": "Table uploaded",
  "dataset.ready": "Table read",
  "dataset.rejected": "Table could not be read",
  "dataset.expired": "Table removed: kept long enough",
  "dataset.corrected": "Table corrected",
  "dataset.deleted": "Table deleted",
  "job.created": "Training begun",
  "job.stop": "Training stopped, best kept",
  "job.cancel": "Asked to cancel training",
  "job.cancelled": "Training cancelled",
  "job.expired": "Training removed: kept long enough",
  "job.succeeded": "Training done",
  "job.failed": "Training failed",
  "job.deleted": "Training deleted",
  "model.deleted": "Model deleted",
  "model.expired": "Model removed: kept long enough",
  "prediction.created": "Predictions asked for",
  "prediction.succeeded": "Predictions made",
  "prediction.failed": "Predictions failed",
  "prediction.deleted": "Predictions deleted",
};
const PAGES = { dataset: "datasets", job: "jobs", model: "models" };

export default async function view({ signal }) {
  const found = await get(`/activity?page_size=${PAGE}`, { signal });
  let items = found.items;
  let token = found.next_page_token;
  const list = table([
    { label: "When", cell: ({ at }) => h("time", { datetime: at, title: dateTime(at) }, ago(at)) },
    { label: "What", cell: ({ action }) => WORDS[action] || action.replace(/[._]/g, " ") },
    { label: "", said: "Of what", class: "wide-cell", cell: ({ subject }) => link(subject) },
  ], items, { label: "Activity" });

  /** Where its thing is, if it has a page (it may be gone), by the name it was given as it was made. */
  function link(subject) {
    const [kind, id] = subject.split("/");
    if (kind === "user") return "";
    const made = items.find((other) => other.subject === subject && other.action.endsWith(".created"))?.detail;
    if (kind === "prediction") return made ? h("a", { href: `/${made.replace("model/", "models/")}/predict` }, "By this model") : "";
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
    pageHead("Activity", { lead: "Everything that was done with this account." }),
    items.length ? h("div", { class: "stack" }, list.element, h("div", {}, more)) : emptyState("clock", "Nothing yet", "What you upload, train and delete is listed here."));
}
