// A look at what a source has now: its first rows and their types. Nothing of it is kept.

import { errorNotice, notice } from "../../components/notice.js";
import { panel } from "../../components/page.js";
import { progressBar } from "../../components/progress.js";
import { table } from "../../components/table.js";
import { fill, h } from "../../dom.js";
import { TYPES, bytes, plural } from "../../format.js";
import { post } from "../../server/http.js";

const FORMATS = { csv: "CSV", jsonl: "JSON lines", parquet: "Parquet", xlsx: "Excel workbook" };

/** {element, run(): looks, and shows what was found, clear()} */
export function checkPanel(path) {
  const element = h("div", { role: "status" });
  return { element, run, clear: () => fill(element) };

  async function run() {
    fill(element, panel("What is there now", {}, progressBar("Reaching it", { words: "Reaching it. This may take up to 20 seconds." }).element));
    try {
      fill(element, found(await post(`${path}/check`)));
    } catch (error) {
      if (error.name !== "Problem" || error.status === 401) throw error;
      fill(element, error.status === 422 ? errorNotice({ detail: error.message }) : notice("warn", "It could not be looked at.", error.message));
    }
  }
}

function found({ format, columns = [], rows = [], bytes: size, detail, warnings = [] }) {
  const said = [FORMATS[format] ?? format, columns.length && plural(columns.length, "column"), size && bytes(size)].filter(Boolean).join(", ");
  const notes = [detail, ...warnings].filter(Boolean);
  return panel("What is there now", { note: [said, ". Nothing of it is kept."] },
    notes.length > 0 && h("ul", { class: "plain-list muted" }, notes.map((text) => h("li", {}, text))),
    rows.length > 0 ? table(columns.map(columnOf), rows, { label: "First rows" }).element : h("p", { class: "muted" }, "It is there. Its rows are shown once it was fetched."));
}

/** A column with its type behind its name; only its name where no type is known. */
function columnOf(column, index) {
  const { name, type } = typeof column === "string" ? { name: column } : column;
  return {
    key: String(index),
    label: type ? `${name} (${TYPES[type] ?? type})` : name,
    cell: (row) => (row[index] === null || row[index] === undefined || row[index] === "" ? h("span", { class: "missing" }, "empty") : String(row[index])),
  };
}
