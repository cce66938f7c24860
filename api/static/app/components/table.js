// Tables. Beyond a few hundred rows only those in sight are in the page, so that 5,000 stay quick.

import { fill, h, oncePerFrame, setStyle } from "../dom.js";

const ALL_UP_TO = 200;
const ROW_PX = 41;
const SPARE = 12;

/**
 * @param columns  [{key, label, cell: (row) -> text or element, number?: true (right-aligned), sort?: (row) -> value,
 *                 class?: "desk-only" is not shown on phones, said?: the label where none is seen}]
 * @param rows
 * @param options.label   what the table holds, for screen readers
 * @param options.keyOf   (row) -> string of its own: rows that stay keep their elements
 * @param options.href    (row) -> where a click on the row leads (its first cell should hold the link itself)
 * @param options.rowClass (row) -> class
 * @returns {element, update(rows)}
 */
export function table(columns, rows, { label, keyOf = (row, index) => index, href, rowClass } = {}) {
  let order = null; // {column, down}
  let all = rows;
  let shown = rows;
  let drawn = "";
  const head = h("tr", {}, columns.map(headCell));
  const body = h("tbody", {});
  const grid = h("table", { class: "grid", "aria-label": label }, h("thead", {}, head), body);
  const element = h("div", { class: "grid-frame", tabindex: "0", role: "region", "aria-label": label }, grid);
  element.addEventListener("scroll", oncePerFrame(() => draw()), { passive: true });

  function headCell(column) {
    if (!column.sort) return h("th", { scope: "col", class: classOf(column) }, column.label || h("span", { class: "visually-hidden" }, column.said || "Actions"));
    const press = () => {
      order = { column, down: order?.column === column ? !order.down : Boolean(column.number) };
      [...head.children].forEach((cell, index) =>
        columns[index] === column ? cell.setAttribute("aria-sort", order.down ? "descending" : "ascending") : cell.removeAttribute("aria-sort"));
      update(all);
    };
    return h("th", { scope: "col", class: classOf(column) }, h("button", { class: "sort", type: "button", onclick: press }, column.label));
  }

  function update(next) {
    all = next;
    shown = order ? [...all].sort(compare) : all;
    grid.setAttribute("aria-rowcount", shown.length + 1);
    element.classList.toggle("long", shown.length > ALL_UP_TO);
    drawn = "";
    draw();
  }

  function compare(a, b) {
    const [x, y] = [order.column.sort(a), order.column.sort(b)];
    if (x === null || x === undefined) return y === null || y === undefined ? 0 : 1; // what is unknown comes last
    if (y === null || y === undefined) return -1;
    return (x < y ? -1 : x > y ? 1 : 0) * (order.down ? -1 : 1);
  }

  function draw() {
    const long = shown.length > ALL_UP_TO;
    const from = long ? Math.max(0, Math.floor(element.scrollTop / ROW_PX) - SPARE) : 0;
    const to = long ? Math.min(shown.length, from + Math.ceil((element.clientHeight || 600) / ROW_PX) + 2 * SPARE) : shown.length;
    const range = `${from}-${to}`;
    if (range === drawn) return;
    drawn = range;
    const focused = focusIn(body);
    fill(body, long && gap(from), shown.slice(from, to).map((row, index) => line(row, from + index)), long && gap(shown.length - to));
    focused?.();
  }

  const gap = (count) => {
    const row = h("tr", { class: "gap", "aria-hidden": "true" }, h("td", { colspan: columns.length }));
    setStyle(row.firstElementChild, { height: `${count * ROW_PX}px` });
    return count > 0 && row;
  };

  function line(row, index) {
    const made = h(
      "tr",
      { "aria-rowindex": index + 2, class: [href && "leads", rowClass?.(row)].filter(Boolean).join(" ") || null, dataset: { key: String(keyOf(row, index)) } },
      columns.map((column) => h("td", { class: classOf(column), dataset: { label: column.label } }, column.cell(row))),
    );
    if (href)
      made.addEventListener("click", (event) => {
        if (!event.target.closest("a,button,input,label,select")) made.querySelector("a[href]")?.click();
      });
    return made;
  }

  update(rows);
  return { element, update };
}

const classOf = (column) => [column.number && "number", column.class].filter(Boolean).join(" ") || null;

/** Where the focus is in the rows, as a function that puts it there again in new ones. */
function focusIn(body) {
  const active = document.activeElement;
  const row = body.contains(active) && active.closest("tr");
  if (!row) return null;
  const controls = (of) => [...of.querySelectorAll("a[href],button,input,select")];
  const [key, place] = [row.dataset.key, controls(row).indexOf(active)];
  return () => {
    const same = [...body.children].find((other) => other.dataset.key === key);
    if (same) controls(same)[place]?.focus({ preventScroll: true });
  };
}
