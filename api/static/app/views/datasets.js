// The datasets that were uploaded, and the place to drop more.

import { fill, h, keyed } from "../dom.js";
import { ago, bytes, dateTime, duration, integer, plural } from "../format.js";
import { del } from "../server/http.js";
import { cancel, dismiss, enqueue, isOpen, onUploads, retry, retryWith, uploads } from "../server/uploads.js";
import { stateBadge } from "../components/badge.js";
import { button, linkButton } from "../components/button.js";
import { confirm } from "../components/dialog.js";
import { acceptDrops, dropZone } from "../components/drop.js";
import { liveList } from "../components/live-list.js";
import { pageHead } from "../components/page.js";
import { progressBar } from "../components/progress.js";
import { table } from "../components/table.js";
import { toast } from "../components/toast.js";

import { askReading, readingFields } from "./dataset/reading.js";

export const title = "Datasets";

const ACTIVE_MS = 1000;
const QUIET_MS = 5000;
const ACCEPT = ".csv,.tsv,.txt,.xlsx,.xlsm,.xlsb,.xls,.ods,.parquet,.jsonl,.ndjson,.gz,.zip,text/csv,text/tab-separated-values,text/plain";

export default async function view({ query, signal, navigate }) {
  let awaited = null; // the one upload whose dataset is shown as soon as it is there
  const everyMs = (items) => (items.some(({ state }) => state === "uploaded") ? ACTIVE_MS : QUIET_MS);
  const datasets = liveList("/datasets", { signal, query, fixed: { brief: true }, everyMs, onItems: draw });

  const reading = readingFields();
  const options = h("details", { class: "panel fold" },
    h("summary", {}, h("h2", {}, "Reading options"), h("span", { class: "fine" }, "Detected from each file; choose them only where that fails")),
    h("div", { class: "field-row" }, reading.elements.slice(0, 3)), h("div", { class: "field-row" }, reading.elements.slice(3)));
  const place = h("div", {});
  const moving = h("ul", { class: "uploads", "aria-label": "Uploads" });
  const list = table(columns(remove), [], { label: "Datasets", keyOf: ({ id }) => id, href: ({ id }) => `/datasets/${id}` });
  const none = h("p", { class: "muted", role: "status" }, "No dataset is like that.");
  const full = h("div", {}, h("div", { class: "filter-bar" }, datasets.search("Find a dataset")), none, h("div", { class: "stack" }, list.element), datasets.more);
  const element = h("div", {}, pageHead("Datasets", { lead: "Tables to train on and to predict." }), place, options, moving, full);

  acceptDrops(document.body, take, { signal });
  onUploads(uploadChanged, signal);
  drawUploads();
  await datasets.start();
  return element;

  function take(files) {
    const added = enqueue(files, reading.values());
    awaited = added.length === 1 ? added[0] : null;
    drawUploads();
  }

  function uploadChanged(upload) {
    drawUploads();
    if (upload.state !== "done") return;
    setTimeout(() => uploads.includes(upload) && dismiss(upload), 4000);
    if (upload === awaited) navigate(`/datasets/${upload.dataset.id}`);
    else datasets.put(upload.dataset);
  }

  function drawUploads() {
    moving.hidden = uploads.length === 0;
    keyed(moving, uploads, ({ id }) => id, uploadRow, (row, upload) => row.update(upload));
  }

  function draw(items) {
    const empty = items.length === 0 && !datasets.isFiltered();
    const slim = String(!empty);
    if (place.dataset.slim !== slim) {
      place.dataset.slim = slim;
      fill(place, dropZone({
        title: empty ? "Drop a CSV or Excel file here to start" : "Drop CSV or Excel files here",
        hint: empty ? "Also Parquet, JSON lines and OpenDocument, and any of these as a ZIP or gzip file. The first row is the header." : null,
        accept: ACCEPT, multiple: true, slim: !empty, onFiles: take,
      }));
    }
    full.hidden = empty;
    none.hidden = items.length > 0;
    list.element.hidden = items.length === 0;
    list.update(items);
  }

  async function remove(dataset) {
    const text = `“${dataset.name}” with ${plural(dataset.rows ?? 0, "row")} will be deleted permanently. Models trained on it are kept.`;
    if (!(await confirm("Delete this dataset?", text, { run: () => del(`/datasets/${dataset.id}`) }))) return;
    datasets.drop(dataset);
    toast("Deleted.", { kind: "good" });
  }
}

function columns(remove) {
  return [
    { label: "Name", class: "wide-cell", cell: ({ id, name }) => h("a", { href: `/datasets/${id}` }, name), sort: ({ name }) => name.toLowerCase() },
    { label: "State", cell: ({ state }) => stateBadge(state) },
    { label: "Rows", number: true, cell: ({ rows }) => integer(rows), sort: ({ rows }) => rows },
    { label: "Columns", number: true, class: "desk-only", cell: ({ column_count: count }) => integer(count), sort: ({ column_count: count }) => count },
    { label: "Size", number: true, class: "desk-only", cell: ({ size_bytes: size }) => bytes(size), sort: ({ size_bytes: size }) => size },
    { label: "Uploaded", class: "desk-only", cell: ({ created_at: at }) => h("time", { datetime: at, title: dateTime(at) }, ago(at)), sort: ({ created_at: at }) => at },
    { label: "", class: "row-actions", cell: (dataset) => [
      dataset.state !== "rejected" && linkButton("Train", `/datasets/${dataset.id}/train`, { kind: "quiet", "aria-label": `Train on ${dataset.name}` }),
      button(`Delete ${dataset.name}`, { kind: "quiet", icon: "trash", only: true, run: () => remove(dataset) }),
    ] },
  ];
}

/** One upload: its name, a bar, what there is to say, and what can be done. */
function uploadRow(upload) {
  const bar = progressBar(`Upload of ${upload.name}`);
  const words = h("div", { class: "upload-problem" });
  const actions = h("div", { class: "row-gap" });
  const row = h("li", { class: "upload" }, h("div", { class: "upload-main" }, h("div", { class: "upload-name truncate" }, upload.name), bar.element, words), actions);
  let drawn = "";
  row.update = (now) => {
    bar.element.hidden = now.state === "failed" || now.state === "cancelled";
    bar.set(now.state === "storing" ? null : now.state === "done" ? 1 : now.size ? now.sent / now.size : 0, uploadWords(now));
    words.hidden = !bar.element.hidden;
    fill(words, now.problem ? now.problem.message : "Cancelled.");
    if (drawn === now.state) return;
    drawn = now.state;
    fill(actions,
      isOpen(now) && button(`Cancel the upload of ${now.name}`, { kind: "quiet", icon: "close", only: true, run: () => cancel(now) }),
      now.state === "failed" && now.problem.status === 422 && button("Reading options", { run: () => askReading(now.options, (options) => retryWith(now, options)) }),
      (now.state === "failed" || now.state === "cancelled") && button("Try again", { run: () => retry(now) }),
      !isOpen(now) && button(`Dismiss ${now.name}`, { kind: "quiet", icon: "close", only: true, run: () => dismiss(now) }));
  };
  row.update(upload);
  return row;
}

function uploadWords({ state, sent, size, speed, leftS }) {
  if (state === "waiting") return "Waiting for other uploads";
  if (state === "storing") return "Uploaded. The server is checking the file …";
  if (state === "done") return `${bytes(size)}, uploaded`;
  const parts = [`${bytes(sent)} of ${bytes(size)}`];
  if (speed) parts.push(`${bytes(speed)}/s`);
  if (leftS !== null && leftS > 1) parts.push(`${duration(Math.round(leftS))} left`);
  return parts.join(" · ");
}
