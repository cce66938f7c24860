// Tabs, by the WAI-ARIA pattern: arrow keys move, the chosen tab is in the address so that it can be linked to.

import { fill, h, uniqueId } from "../dom.js";

/**
 * @param tabs  [{id, label, make: () -> element or promise of one}], made when first shown
 * @param options.label  what the tabs are about
 * @param options.query  name in the address that keeps the choice; null keeps it nowhere
 */
export function tabs(list, { label, query = "tab" } = {}) {
  const base = uniqueId("tabs");
  const made = new Map();
  const panel = h("div", { class: "tab-panel", role: "tabpanel", tabindex: "0", id: `${base}-panel` });
  const buttons = list.map(({ id, label: text }) =>
    h("button", { class: "tab", type: "button", role: "tab", id: `${base}-${id}`, "aria-controls": `${base}-panel`, onclick: () => choose(id) }, text));
  const strip = h("div", { class: "tab-strip", role: "tablist", "aria-label": label, onkeydown: move }, buttons);
  const requested = query && new URLSearchParams(location.search).get(query);
  let chosen = null;
  choose(list.some(({ id }) => id === requested) ? requested : list[0].id, true);

  async function choose(id, silently = false) {
    chosen = id;
    list.forEach((tab, index) => {
      buttons[index].setAttribute("aria-selected", String(tab.id === id));
      buttons[index].tabIndex = tab.id === id ? 0 : -1;
    });
    panel.setAttribute("aria-labelledby", `${base}-${id}`);
    if (query && !silently) {
      const url = new URL(location.href);
      url.searchParams.set(query, id);
      history.replaceState(history.state, "", url);
    }
    if (!made.has(id)) made.set(id, list.find((tab) => tab.id === id).make());
    const content = await made.get(id);
    if (chosen === id) fill(panel, content);
  }

  function move(event) {
    const at = list.findIndex(({ id }) => id === chosen);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: list.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const index = (to + list.length) % list.length;
    choose(list[index].id);
    buttons[index].focus();
  }

  return h("div", { class: "tabs" }, strip, panel);
}
