// Which columns are excluded.

import { h } from "../../dom.js";
import { integer, plural, TYPES } from "../../format.js";
import { button } from "../../components/button.js";
import { field } from "../../components/field.js";
import { growing } from "../../components/growing.js";

const FEW = 12;
const UNUSED = ["constant", "id"]; // types that are no features, whether ticked or not

/** A foldable list of all columns but the target, ticked where used; changes plan.exclude. */
export function excluder(plan, { columns }, changed) {
  const others = columns.filter(({ name }) => name !== plan.target);
  const words = h("span", { class: "fine" });
  const list = growing("ul", { class: "tick-list plain-list" }, row);
  const search = field("Find a column", { type: "search", quiet: true, placeholder: "Find a column", autocomplete: "off" });
  search.element.classList.add("search");
  search.input.addEventListener("input", show);
  const block = h(
    "details",
    { class: "panel fold", ontoggle: show },
    h("summary", {}, h("h2", {}, "Columns"), words),
    others.length > FEW && h("div", { class: "toolbar" }, search.element,
      button("Use all shown", { kind: "quiet", run: () => all(true) }), button("Exclude all shown", { kind: "quiet", run: () => all(false) })),
    list.element,
  );
  say();
  return block;

  function matching() {
    const text = search.value().trim().toLowerCase();
    return others.filter(({ name }) => name.toLowerCase().includes(text));
  }

  function show() {
    if (block.open) list.show(matching());
  }

  function all(used) {
    for (const { name } of matching()) used ? plan.exclude.delete(name) : plan.exclude.add(name);
    show();
    say();
    changed();
  }

  function say() {
    const out = plan.exclude.size;
    const used = others.filter(({ name, type }) => !plan.exclude.has(name) && !UNUSED.includes(type)).length;
    words.textContent = used === others.length ? `All ${plural(used, "column")}` : `${integer(used)} of ${plural(others.length, "column")} used${out ? `, ${integer(out)} excluded` : ""}`;
  }

  function row({ name, type }) {
    const box = h("input", { class: "form-check-input", type: "checkbox", checked: !plan.exclude.has(name), onchange: () => {
      box.checked ? plan.exclude.delete(name) : plan.exclude.add(name);
      say();
      changed();
    } });
    return h("li", {}, h("label", {}, box, h("span", { class: "truncate" }, name), h("span", { class: "fine" }, TYPES[type] || "")));
  }
}
