// The first rows as they stand in the file.

import { h } from "../../dom.js";
import { integer } from "../../format.js";
import { get } from "../../server/http.js";
import { button } from "../../components/button.js";
import { problemPage } from "../../components/notice.js";

const MANY_COLUMNS = 60;

/** An element with the first rows; of very wide tables the first columns only, until more are asked for. */
export async function preview({ id, columns }, signal) {
  const count = columns.length > MANY_COLUMNS ? 15 : 50;
  let found;
  try {
    found = await get(`/datasets/${id}/preview?rows=${count}`, { signal });
  } catch (error) {
    return problemPage(error);
  }
  const frame = h("div", { class: "grid-frame preview", tabindex: "0", role: "region", "aria-label": "First rows" }, grid(found, MANY_COLUMNS));
  const block = h("div", { class: "stack" }, frame);
  if (found.columns.length > MANY_COLUMNS) {
    const all = button(`Show all ${integer(found.columns.length)} columns`, { run: () => {
      frame.replaceChildren(grid(found, found.columns.length));
      all.remove();
    } });
    block.append(h("div", {}, all));
  }
  return block;
}

function grid({ columns, rows }, most) {
  const shown = columns.slice(0, most);
  return h(
    "table",
    { class: "grid", "aria-label": "First rows" },
    h("thead", {}, h("tr", {}, shown.map((name) => h("th", { scope: "col", title: name }, name)))),
    h("tbody", {}, rows.map((row) => h("tr", {}, shown.map((_, index) => cell(row[index]))))),
  );
}

const cell = (text) => (text === null || text === undefined ? h("td", { class: "missing" }, "empty") : h("td", { title: text.length > 40 ? text : null }, text));
