// One dataset: its profile, column by column, how it was read, and the way on.

import { fill, h } from "../dom.js";
import { ago, bytes, dateTime, integer, plural } from "../format.js";
import { API, del, get, patch, poll } from "../server/http.js";
import { stateBadge } from "../components/badge.js";
import { button, linkButton } from "../components/button.js";
import { confirm, openDialog } from "../components/dialog.js";
import { field } from "../components/field.js";
import { errorNotice, notice } from "../components/notice.js";
import { facts, pageHead } from "../components/page.js";
import { progressBar } from "../components/progress.js";
import { tabs } from "../components/tabs.js";
import { toast } from "../components/toast.js";
import { columnCards } from "./dataset/columns.js";
import { preview } from "./dataset/preview.js";
import { changeReading, readingWords } from "./dataset/reading.js";
import { formatName, isCsv, openOptions, sheetChooser } from "./dataset/source.js";

export const title = "Dataset";

export default async function view({ params, signal, navigate, setTitle }) {
  const path = `/datasets/${encodeURIComponent(params.id)}`;
  let dataset = await get(path, { signal });
  const head = h("div", {});
  const body = h("div", {});
  draw();
  watch();
  return h("div", {}, head, body);

  /** While the whole file is read its state is asked for; afterwards nothing changes but by what is done here. */
  function watch() {
    if (dataset.state !== "uploaded") return;
    poll(path, { signal, everyMs: 700, onValue: (next) => {
      if (next.state === "uploaded") return true;
      dataset = next;
      draw();
      return false;
    } });
  }

  /** Update the dataset; every change but the name has the file re-read. */
  async function correct(changes) {
    dataset = await patch(path, changes);
    draw();
    watch();
  }

  function draw() {
    setTitle(dataset.name);
    const usable = dataset.state !== "rejected";
    fill(head, pageHead(dataset.name, {
      back: ["/datasets", "Datasets"],
      badge: stateBadge(dataset.state),
      actions: [
        button("Rename", { kind: "quiet", icon: "edit", only: true, run: rename }),
        isKnown() && linkButton("Download", `${API}${path}/content`, { kind: "quiet", icon: "download", download: "" }),
        button("Delete", { kind: "quiet", icon: "trash", only: true, run: remove }),
        usable && isKnown() && linkButton("Choose target", `${path}/train`, { kind: "primary", icon: "target" }),
      ],
    }));
    fill(body, overview(), dataset.error && rejected(), dataset.state === "uploaded" && reading(), warnings(), usable && content());
  }

  function overview() {
    return h("div", { class: "panel overview" }, facts([
      ["Rows", integer(dataset.rows)],
      ["Columns", integer(dataset.column_count)],
      ["Size", bytes(dataset.size_bytes)],
      ["Uploaded", h("time", { datetime: dataset.created_at, title: dateTime(dataset.created_at) }, ago(dataset.created_at))],
      dataset.origin?.source && ["From", h("a", { href: `/sources/${encodeURIComponent(dataset.origin.source)}` }, `${dataset.origin.name}, fetch ${dataset.origin.fetch}`)],
      ["Format", h("span", { class: "row-gap" }, format(), isKnown() && canChange() && button("Change", { kind: "link", run: () => changeReading(dataset, correct) }))],
      dataset.sheets.length > 1 && ["Sheet", sheetChooser(dataset, correct)],
      dataset.bad_rows === "report" && dataset.bad_row_count > 0 && ["Left out", h("a", { href: `${API}${path}/bad-rows?format=csv`, download: "" }, `List of ${plural(dataset.bad_row_count, "row")}`)],
      dataset.state === "ready" && ["Report", h("a", { href: `${API}${path}/report`, target: "_blank", rel: "noopener" }, "Open in a new tab")],
    ]));
  }

  /** Whether there is a CSV: of another format a worker makes one. */
  function isKnown() {
    return dataset.columns.length > 0;
  }

  function canChange() {
    return openOptions(dataset, ["header"]).length > 0;
  }

  function format() {
    if (isCsv(dataset)) return readingWords(dataset);
    return h("a", { href: `${API}${path}/original`, download: "", title: "Download the file as it was uploaded" }, formatName(dataset));
  }

  function rejected() {
    return errorNotice(dataset.error, { actions: [
      canChange() && button("Change format", { run: () => changeReading(dataset, correct) }),
      linkButton("Upload another file", "/datasets"),
    ] });
  }

  function reading() {
    const bar = progressBar("Profiling the dataset", { words: "Reading every row to profile the columns. You can continue in the meantime." });
    return h("div", { class: "reading" }, bar.element);
  }

  function warnings() {
    return dataset.warnings.length > 0 && notice("warn", null, h("ul", { class: "plain-list" }, dataset.warnings.map((text) => h("li", {}, text))));
  }

  function content() {
    return tabs([
      { id: "columns", label: `Columns (${integer(dataset.columns.length)})`, make: () => columnCards(dataset, { correct }) },
      { id: "rows", label: "First rows", make: () => preview(dataset, signal) },
    ], { label: "Dataset" });
  }

  async function rename() {
    const name = field("Name", { value: dataset.name, maxlength: 200 });
    const done = await openDialog("Rename", name.element, { actions: [{ label: "Rename", run: async () => {
      try {
        dataset = await patch(path, { name: name.value().trim() });
      } catch (error) {
        name.setError(error.of?.("name") || error.message);
        return false;
      }
    } }] }).closed;
    if (done) draw();
  }

  async function remove() {
    const text = `“${dataset.name}” with ${plural(dataset.rows ?? 0, "row")} will be deleted permanently. Models trained on it are kept.`;
    if (!(await confirm("Delete this dataset?", text, { run: () => del(path) }))) return;
    toast("Deleted.", { kind: "good" });
    navigate("/datasets", { replace: true });
  }
}
