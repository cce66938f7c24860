// What the upload was: its format, and of a workbook the sheet that is read.

import { select } from "../../components/field.js";

const FORMATS = {
  csv: "CSV", xlsx: "Excel workbook", xlsb: "Excel binary workbook", xls: "Excel 97 workbook", ods: "OpenDocument spreadsheet",
  parquet: "Parquet", jsonl: "JSON lines", zip: "ZIP archive", gzip: "gzip archive",
};
const WORKBOOKS = ["xlsx", "xlsb", "xls", "ods"];
const OF_TEXT_FILES = ["delimiter", "encoding", "skip_initial_space"];

export const formatName = ({ source_format: format }) => FORMATS[format] ?? format;
export const isCsv = ({ source_format: format }) => format === "csv";

/** Those of the names of reading options that the format leaves open. */
export function openOptions(dataset, names) {
  if (isCsv(dataset)) return names;
  return WORKBOOKS.includes(dataset.source_format) ? names.filter((name) => !OF_TEXT_FILES.includes(name)) : [];
}

/** A choice of the sheet; `correct` is given the change. */
export function sheetChooser(dataset, correct) {
  const choices = dataset.sheets.map((name) => [name, name]);
  if (dataset.sheet === null) choices.unshift(["", "Choose a sheet"]);
  const choice = select(choices, { value: dataset.sheet ?? "", "aria-label": "Sheet", onchange: async () => {
    choice.disabled = true;
    try {
      await correct({ sheet: choice.value });
    } finally {
      choice.disabled = false;
    }
  } });
  return choice;
}
