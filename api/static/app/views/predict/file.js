// A CSV file is predicted and offered for download.

import { button } from "../../components/button.js";
import { errorNotice } from "../../components/notice.js";
import { panel } from "../../components/page.js";
import { progressBar } from "../../components/progress.js";
import { table } from "../../components/table.js";
import { fill, h } from "../../dom.js";
import { bytes } from "../../format.js";
import { saveBlob } from "../../download.js";
import { call } from "../../server/http.js";
import { icon } from "../../icons.js";
import { parseHead } from "./csv.js";

const HEAD_BYTES = 1 << 18;
const SHOWN_ROWS = 8;
const OWN_COLUMNS = 5;

export function filePanel(model, signal) {
  const out = h("div", { "aria-live": "polite" });
  const input = h("input", { type: "file", accept: ".csv,.tsv,.txt,.gz,text/csv", class: "visually-hidden", "aria-label": "CSV to predict", onchange: () => take(input.files[0]) });
  const zone = h("label", { class: "drop-zone", ondragover: over, ondragleave: away, ondrop: drop },
    input, icon("upload"), h("span", {}, h("b", {}, "Drop a CSV here"), " or choose a file"), h("span", { class: "fine" }, "Predictions are added as columns; the file is not stored."));

  function over(event) {
    event.preventDefault();
    zone.classList.add("over");
  }

  function away() {
    zone.classList.remove("over");
  }

  function drop(event) {
    event.preventDefault();
    away();
    void take(event.dataTransfer.files[0]);
  }

  async function take(file) {
    if (!file) return;
    const stop = new AbortController();
    signal.addEventListener("abort", () => stop.abort(), { once: true });
    const bar = progressBar(`Predicting ${file.name}`, { share: null, words: `Predicting ${file.name} (${bytes(file.size)})…` });
    fill(out, bar.element, button("Cancel", { kind: "quiet", run: () => stop.abort() }));
    try {
      const headers = /\.gz$/i.test(file.name) ? { "Content-Encoding": "gzip" } : {};
      const answer = await call("POST", `/models/${encodeURIComponent(model.id)}/predict?spreadsheet=true`, { body: file, type: "text/csv", headers, raw: true, signal: stop.signal });
      fill(out, await result(file, await answer.blob(), decodeURIComponent(answer.headers.get("CSV-Delimiter"))));
    } catch (error) {
      if (error.name === "AbortError") fill(out);
      else if (error.name === "Problem") fill(out, errorNotice({ detail: error.message, hint: error.errors[0]?.hint, line: error.errors[0]?.line }));
      else fill(out, errorNotice({ detail: "The connection was lost while the predictions were downloading.", hint: "Drop the file again." }));
    } finally {
      input.value = "";
    }
  }

  return panel("Predict a file", { note: "For very large files, or to keep the result, predict an uploaded dataset below." }, zone, out);
}

async function result(file, blob, delimiter) {
  const { header, rows } = parseHead(await blob.slice(0, HEAD_BYTES).text(), delimiter, SHOWN_ROWS);
  const added = header.findLastIndex((name) => /^prediction(\.\d+)?$/.test(name));
  const shown = [...header.keys()].filter((index) => index < OWN_COLUMNS || index >= added);
  const name = `${file.name.replace(/\.(csv|tsv|txt)?(\.gz)?$/i, "")}-predicted.csv`;
  const columns = shown.map((index) => ({ key: String(index), label: header[index], class: index >= added ? "added" : undefined, cell: (row) => h("span", { class: "clipped", title: row[index] }, row[index]) }));
  return h("div", { class: "stack" },
    h("div", { class: "file-done" }, icon("check"), h("span", {}, h("b", {}, file.name), " was predicted."), button(`Download (${bytes(blob.size)})`, { kind: "primary", icon: "download", run: () => saveBlob(blob, name) })),
    table(columns, rows, { label: `The first rows of ${name}` }).element);
}
