// How a file is read: delimiter, encoding, header, which of its lines are the table. It is detected; here it is chosen, or
// corrected.

import { h } from "../../dom.js";
import { field, form } from "../../components/field.js";
import { button } from "../../components/button.js";
import { openDialog } from "../../components/dialog.js";
import { openOptions } from "./source.js";
import { integer, plural } from "../../format.js";

const DELIMITERS = [
  [",", "Comma  ,"], [";", "Semicolon  ;"], ["\t", "Tab"], ["|", "Bar  |"], [" ", "Space"], [":", "Colon  :"],
  ["~", "Tilde  ~"], ["^", "Caret  ^"], ["#", "Hash  #"], ["/", "Slash  /"], ["&", "Ampersand  &"],
];
const ENCODINGS = [
  ["utf-8", "UTF-8"], ["utf-16", "UTF-16"], ["utf-16-le", "UTF-16, little-endian"], ["utf-16-be", "UTF-16, big-endian"],
  ["cp1252", "Western (Windows 1252)"], ["latin-1", "Western (Latin 1)"], ["iso-8859-15", "Western (Latin 9)"],
  ["cp437", "Western (DOS 437)"], ["cp850", "Western (DOS 850)"], ["mac-roman", "Western (Mac)"],
  ["iso-8859-2", "Central European (Latin 2)"], ["cp1250", "Central European (Windows 1250)"],
  ["cp1251", "Cyrillic (Windows 1251)"], ["koi8-r", "Cyrillic (KOI8-R)"], ["cp1253", "Greek (Windows 1253)"],
  ["cp1254", "Turkish (Windows 1254)"], ["cp1255", "Hebrew (Windows 1255)"], ["cp1256", "Arabic (Windows 1256)"],
  ["shift_jis", "Japanese (Shift JIS)"], ["cp932", "Japanese (Windows 932)"], ["euc_jp", "Japanese (EUC)"],
  ["gb18030", "Chinese (GB 18030)"], ["big5", "Chinese (Big5)"], ["euc_kr", "Korean (EUC)"],
]; // those that the server knows
const BAD_ROWS = [["refuse", "Refuse the file"], ["skip", "Skip them"], ["report", "Skip and list them"]];
const DETECTED = ["", "Detected"];

const nameOf = (choices, value) => choices.find(([key]) => key === value)?.[1] || value;
const known = (choices, value) => (!value || choices.some(([key]) => key === value) ? choices : [...choices, [value, value]]);

/** "comma-separated, UTF-8, with header, without 2 lines above it" */
export function readingWords({ delimiter, encoding, header, skip_rows: above, skip_footer: below, bad_rows: bad, bad_row_count: count }) {
  const separated = nameOf(DELIMITERS, delimiter).split(" ")[0].toLowerCase();
  const words = [`${separated}-separated`, nameOf(ENCODINGS, encoding), header ? "with header" : "no header"];
  if (above) words.push(`without ${plural(above, "line")} above it`);
  if (below) words.push(`without ${plural(below, "row")} below it`);
  if (bad !== "refuse") words.push(count ? `without ${integer(count)} bad ${count === 1 ? "row" : "rows"}` : "without bad rows");
  return words.join(", ");
}

/**
 * Fields that say how a file is read.
 * @param options  those that were chosen; the others are detected
 * @returns {fields: {name in the API: field}, elements, values(): {name: value} of those that are chosen}
 */
export function readingFields(options = {}) {
  const fields = {
    delimiter: field("Delimiter", { type: "select", choices: [DETECTED, ...known(DELIMITERS, options.delimiter)], value: options.delimiter ?? "" }),
    encoding: field("Encoding", { type: "select", choices: [DETECTED, ...known(ENCODINGS, options.encoding)], value: options.encoding ?? "" }),
    header: field("The first row", { type: "select", choices: [DETECTED, ["true", "Is the header"], ["false", "Is a row"]], value: String(options.header ?? "") }),
    skip_rows: field("Lines above the table", { type: "number", min: 0, step: 1, value: options.skip_rows ?? "", placeholder: "Detected" }),
    skip_footer: field("Rows below the table", { type: "number", min: 0, step: 1, value: options.skip_footer ?? "", placeholder: "Detected", hint: "Notes and totals." }),
    bad_rows: field("Rows that cannot be read", { type: "select", choices: BAD_ROWS, value: options.bad_rows ?? "refuse" }),
  };
  const values = () => {
    const said = Object.fromEntries(Object.entries(fields).map(([name, { value }]) => [name, value()]).filter(([, value]) => value !== ""));
    if (said.bad_rows === "refuse" && !options.bad_rows) delete said.bad_rows;
    if ("header" in said) said.header = said.header === "true";
    for (const name of ["skip_rows", "skip_footer"]) if (name in said) said[name] = Math.max(0, Math.trunc(Number(said[name])) || 0);
    return said;
  };
  return { fields, elements: Object.values(fields).map(({ element }) => element), values };
}

/** A dialog that asks how a file is to be read; `use` is given {name: value}. */
export function askReading(options, use) {
  const reading = readingFields(options);
  openDialog("Reading options", (close) =>
    form(reading.fields, async () => {
      await use(reading.values());
      close(true);
    },
    h("p", { class: "muted" }, "Settings that you do not choose are detected from the file."),
    reading.elements,
    h("div", { class: "form-actions" }, button("Cancel", { run: () => close() }), button("Upload again", { kind: "primary", type: "submit" }))));
}

/** A dialog to change it. `correct` is given what differs. */
export function changeReading(dataset, correct) {
  const { fields, values } = readingFields(dataset);
  const open = openOptions(dataset, [...Object.keys(fields), "skip_initial_space"]);
  const header = field("The first row is the header", { type: "checkbox", checked: dataset.header });
  const blanks = field("Skip spaces at the start of a cell", { type: "checkbox", checked: dataset.skip_initial_space });
  const shown = Object.entries(fields).filter(([name]) => open.includes(name)).map(([name, { element }]) => (name === "header" ? header.element : element));
  openDialog("File format", (close) =>
    form({ ...fields, header, skip_initial_space: blanks }, async () => {
      const wanted = { ...values(), header: header.value(), skip_initial_space: blanks.value() };
      const changes = Object.fromEntries(Object.entries(wanted).filter(([name, value]) => open.includes(name) && dataset[name] !== value));
      if (Object.keys(changes).length) await correct(changes);
      close(true);
    },
    h("p", { class: "muted" }, "These settings were detected from the file. If the columns look wrong, change them and the file is re-read."),
    shown, open.includes("skip_initial_space") && blanks.element,
    h("div", { class: "form-actions" }, button("Cancel", { run: () => close() }), button("Re-read", { kind: "primary", type: "submit" }))));
}
