// All columns as cards: found by name or type, several chosen at once, their types put right together.

import { fill, h } from "../../dom.js";
import { integer, plural, TYPES } from "../../format.js";
import { button } from "../../components/button.js";
import { field, select } from "../../components/field.js";
import { growing } from "../../components/growing.js";
import { columnCard } from "./card.js";

const FEW = 8;

/** @param correct  (changes) -> promise: PATCH of the dataset */
export function columnCards(dataset, { correct }) {
  const { columns, rows } = dataset;
  const wanted = new Map(); // column -> {type?, decimal_sign?, date_order?, unit?} that differ from what it has
  const ticked = new Set();
  const cards = growing("ul", { class: "column-cards plain-list", "aria-label": "Columns" }, card);
  const count = h("span", { class: "fine", role: "status" });
  const bar = h("div", { class: "apply-bar" });

  const search = field("Find a column", { type: "search", quiet: true, placeholder: "Find a column", autocomplete: "off" });
  const present = Object.entries(TYPES).filter(([type]) => columns.some((column) => column.type === type));
  const kind = field("Type", { type: "select", quiet: true, choices: [["", "All types"], ["!", "With warnings"], ...present] });
  const all = button("Select all shown", { kind: "quiet", run: () => {
    const names = matching().map(({ name }) => name);
    const every = names.every((name) => ticked.has(name));
    for (const name of names) every ? ticked.delete(name) : ticked.add(name);
    draw();
  } });
  search.element.classList.add("search");
  for (const input of [search.input, kind.input]) input.addEventListener("input", draw);
  const toolbar = h("div", { class: "toolbar" }, search.element, kind.element, all, count);
  toolbar.hidden = columns.length <= FEW && columns.every(({ type }) => type === null);
  draw();
  return h("div", {}, toolbar, cards.element, bar);

  function matching() {
    const text = search.value().trim().toLowerCase();
    const type = kind.value();
    return columns.filter((column) =>
      (!text || column.name.toLowerCase().includes(text)) && (!type || (type === "!" ? column.warnings.length > 0 : column.type === type)));
  }

  function draw() {
    const shown = matching();
    cards.show(shown);
    count.textContent = shown.length === columns.length ? "" : `${integer(shown.length)} of ${plural(columns.length, "column")}`;
    drawBar();
  }

  function card(column) {
    const { name } = column;
    const made = columnCard(column, rows, {
      type: wanted.get(name)?.type ?? column.type,
      changed: wanted.has(name),
      given: wanted.get(name) ?? {},
      ticked: ticked.has(name),
      onReading: (field, value, isNow) => (want(column, field, value, isNow), drawBar()),
      onType: (type) => (want(column, "type", type, type === column.type), made.querySelector("select").classList.toggle("changed", wanted.has(name)), drawBar()),
      onTick: (on) => {
        on ? ticked.add(name) : ticked.delete(name);
        made.classList.toggle("chosen", on);
        drawBar();
      },
      foot: h("a", { href: `/datasets/${dataset.id}/train?target=${encodeURIComponent(name)}`, "aria-label": `Predict ${name}` }, "Predict this"),
    });
    return made;
  }

  function want({ name }, field, value, isNow) {
    const changes = { ...wanted.get(name), [field]: value };
    if (isNow) delete changes[field];
    if (Object.keys(changes).length) wanted.set(name, changes);
    else wanted.delete(name);
  }

  function drawBar() {
    bar.hidden = !ticked.size && !wanted.size;
    if (bar.hidden) return;
    const choice = select([["", "Set type …"], ...Object.entries(TYPES)], { value: "", "aria-label": "Type of the selected columns", onchange: () => {
      for (const column of columns) if (ticked.has(column.name)) want(column, "type", choice.value, choice.value === column.type);
      ticked.clear();
      draw();
    } });
    fill(bar,
      h("strong", {}, ticked.size ? `${plural(ticked.size, "column")} selected` : `${plural(wanted.size, "column")} changed`),
      ticked.size > 0 && choice,
      ticked.size > 0 && button("Clear", { kind: "quiet", run: () => (ticked.clear(), draw()) }),
      !ticked.size && wanted.size > 0 && button("Undo", { kind: "quiet", run: () => (wanted.clear(), draw()) }),
      wanted.size > 0 && button("Apply and re-read", { kind: "primary", run: () => correct({ columns: Object.fromEntries(wanted) }) }));
  }
}
