// What became of predictions, as a CSV; and requests with their truth, as a dataset.

import { button } from "../../components/button.js";
import { openDialog } from "../../components/dialog.js";
import { dropZone } from "../../components/drop.js";
import { field, form } from "../../components/field.js";
import { notice } from "../../components/notice.js";
import { progressBar } from "../../components/progress.js";
import { toast, toastProblem } from "../../components/toast.js";
import { fill, h } from "../../dom.js";
import { dateTime, plural } from "../../format.js";
import { call, post } from "../../server/http.js";
import { idempotencyKeys } from "../../server/idempotency-key.js";

const MOST_REFUSED = 20;

/** Ask for a CSV of labels, send it, and say what was kept. */
export function openLabels(open, signal, onDone) {
  const outcome = h("div", { role: "status" });
  const send = async (file) => {
    const bar = progressBar(`Sending ${file.name}`);
    fill(outcome, bar.element);
    try {
      const answer = await call("POST", `${open.path}/feedback`, { body: file, type: "text/csv", signal });
      fill(outcome, kept(answer));
      await onDone();
    } catch (error) {
      fill(outcome);
      toastProblem(error);
    }
  };
  openDialog("Upload the truth", h("div", { class: "stack" },
    h("p", {}, "A CSV with the columns ", h("code", {}, "prediction_id"), " or ", h("code", {}, "key"), ", then ", h("code", {}, "label"), " and, if you like, ", h("code", {}, "at"), ", since when that is true. The newest counts, so it may come late and be corrected."),
    dropZone({ title: "Drop a CSV here", accept: ".csv,text/csv", slim: true, onFiles: ([file]) => void send(file) }),
    outcome));
}

function kept({ accepted, refused_count: count, refused, ignored_columns: ignored = [] }) {
  const lines = refused.slice(0, MOST_REFUSED).map(({ index, detail }) => h("li", {}, `Row ${index + 1}: ${detail}`));
  return notice(count ? "warn" : "good", `${plural(accepted, "label")} kept${count ? `, ${count.toLocaleString("en")} refused` : ""}.`, h("div", {},
    ignored.length > 0 && h("p", {}, `Columns that were not read: ${ignored.join(", ")}.`),
    count > 0 && h("ul", { class: "plain-list" }, lines, count > lines.length && h("li", {}, `and ${(count - lines.length).toLocaleString("en")} more.`))));
}

/** Ask how a dataset is made of the requests that are looked at, and have it made. */
export function openGather(open, { from, to, version, labelled }, signal) {
  const name = field("Name", { value: `${open.name} requests`, maxlength: 200 });
  const only = field("Only requests whose truth is known", { type: "checkbox", checked: labelled !== "false", hint: "With it the dataset has the target, so that a model can be trained or tested on it." });
  const share = field("Share of them, in percent", { type: "number", min: 0.01, max: 100, step: "any", value: "100" });
  const keys = idempotencyKeys();
  const chosen = [from && `from ${dateTime(from)}`, to && `until ${dateTime(to)}`, version && `version ${version}`].filter(Boolean).join(", ");
  openDialog("Make a dataset of these requests", (close) => form({ name, labelled: only, sample: share }, async () => {
    const body = { name: name.value().trim(), labelled: only.value(), sample: Number(share.value()) / 100, ...(from && { from }), ...(to && { to }), ...(version && { version: Number(version) }) };
    const { id } = await post(`${open.path}/datasets`, body, { signal, headers: keys({ path: open.path, ...body }) });
    close();
    toast("The dataset is being put together.", { kind: "good", action: ["See it", () => open.navigate(`/datasets/${encodeURIComponent(id)}`)] });
  },
  h("p", { class: "muted" }, chosen ? `Those of the filter: ${chosen}.` : "All that are kept."),
  name.element, only.element, share.element,
  h("div", { class: "form-actions" }, button("Cancel", { run: () => close() }), button("Make the dataset", { kind: "primary", type: "submit" }))));
}
