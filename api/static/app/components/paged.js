// A table over a list of the API: its first page, and more at a button.

import { h } from "../dom.js";
import { get } from "../server/http.js";
import { button } from "./button.js";
import { table } from "./table.js";

const PAGE = 100;

/**
 * @param path     of the list
 * @param columns  as of table()
 * @param options.signal, options.label, options.empty (words where there is nothing)
 * @returns element, with `reload()` on it
 */
export async function pagedTable(path, columns, { signal, label, empty = "Nothing here yet." }) {
  let items = [];
  let token = null;
  const list = table(columns, items, { label });
  const nothing = h("p", { class: "muted" }, empty);
  const more = button("Show older", { run: next });
  const element = h("div", { class: "stack" }, list.element, nothing, h("div", {}, more));
  element.reload = async () => {
    items = [];
    token = null;
    await next();
  };
  await next();
  return element;

  async function next() {
    const page = await get(`${path}${path.includes("?") ? "&" : "?"}page_size=${PAGE}${token ? `&page_token=${encodeURIComponent(token)}` : ""}`, { signal });
    items = [...items, ...page.items];
    token = page.next_page_token;
    list.update(items);
    list.element.hidden = items.length === 0;
    nothing.hidden = items.length > 0;
    more.hidden = !token;
  }
}
