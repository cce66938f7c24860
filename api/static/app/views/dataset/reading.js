// How the file is read: delimiter, encoding, header. They were detected; here they are corrected.

import { h } from "../../dom.js";
import { field, form } from "../../components/field.js";
import { button } from "../../components/button.js";
import { openDialog } from "../../components/dialog.js";

const DELIMITERS = [[",", "Comma  ,"], [";", "Semicolon  ;"], ["\t", "Tab"], ["|", "Bar  |"], [" ", "Space"], [":", "Colon  :"]];
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

const nameOf = (choices, value) => choices.find(([key]) => key === value)?.[1] || value;

/** "comma-separated, UTF-8, first row is the header" */
export function readingWords({ delimiter, encoding, header }) {
  const separated = nameOf(DELIMITERS, delimiter).split(" ")[0].toLowerCase();
  return `${separated}-separated, ${nameOf(ENCODINGS, encoding)}, ${header ? "with header" : "no header"}`;
}

/** A dialog to change it. `correct` is given what differs. */
export function changeReading(dataset, correct) {
  const known = (choices, value) => (choices.some(([key]) => key === value) ? choices : [...choices, [value, value]]);
  const delimiter = field("Delimiter", { type: "select", choices: known(DELIMITERS, dataset.delimiter), value: dataset.delimiter });
  const encoding = field("Encoding", { type: "select", choices: known(ENCODINGS, dataset.encoding), value: dataset.encoding });
  const header = field("The first row is the header", { type: "checkbox", checked: dataset.header });
  openDialog("File format", (close) =>
    form({ delimiter, encoding, header }, async () => {
      const wanted = { delimiter: delimiter.value(), encoding: encoding.value(), header: header.value() };
      const changes = Object.fromEntries(Object.entries(wanted).filter(([name, value]) => dataset[name] !== value));
      if (Object.keys(changes).length) await correct(changes);
      close(true);
    },
    h("p", { class: "muted" }, "These settings were detected from the file. If the columns look wrong, change them and the file is re-read."),
    delimiter.element, encoding.element, header.element,
    h("div", { class: "form-actions" }, button("Cancel", { run: () => close() }), button("Re-read", { kind: "primary", type: "submit" }))));
}
