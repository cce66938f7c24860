// A list of the API as it is now: its newest page again and again, older ones at a button, found by words.

import { get, sleep } from "../server/http.js";
import { button } from "./button.js";
import { searchField } from "./filter.js";

const PAGE = 50;
const MAX_PAUSE_MS = 15_000;

/**
 * @param path             of the list
 * @param options.signal   ends the looks
 * @param options.query    of the view's address: what the filters are at first
 * @param options.filters  names of filters besides `search`
 * @param options.fixed    what every request says
 * @param options.keyOf    what an item is known by
 * @param options.everyMs  (items) how long until the next look
 * @param options.onItems  (items) draws them
 */
export function liveList(path, { signal, query = new URLSearchParams(), filters = [], fixed = {}, keyOf = ({ id }) => id, everyMs, onItems }) {
  let recent = [];
  let older = [];
  let token = null;
  const filter = Object.fromEntries(["search", ...filters].map((name) => [name, query.get(name) ?? ""]));
  const more = button("Show older", { run: loadOlder });
  const items = () => [...recent, ...older];
  const isFiltered = () => Object.values(filter).some(Boolean);
  const wanted = () => new URLSearchParams(Object.entries({ ...filter, ...fixed, page_size: PAGE }).filter(([, value]) => value)).toString();
  const fetchPage = (after) => get(`${path}?${wanted()}${after ? `&page_token=${encodeURIComponent(after)}` : ""}`, { signal });

  /** The first page; then look again now and then, at what is wanted by then. */
  async function start() {
    await take(await filledPage(fetchPage, null, PAGE));
    watch();
  }

  /** Filter by other words; the address follows, so that it can be kept. */
  async function change(to) {
    Object.assign(filter, to);
    const url = new URL(location.href);
    for (const [name, value] of Object.entries(filter)) value ? url.searchParams.set(name, value) : url.searchParams.delete(name);
    history.replaceState(history.state, "", url);
    const asked = wanted();
    const page = await filledPage(fetchPage, null, PAGE);
    if (asked !== wanted()) return; // other words were typed meanwhile
    older = [];
    await take(page);
  }

  /** Add one that the list will have, or take one away that it will not have, before the next look. */
  function put(item) {
    if (!items().some((other) => keyOf(other) === keyOf(item))) recent = [item, ...recent];
    return draw();
  }

  function drop(item) {
    recent = recent.filter((other) => keyOf(other) !== keyOf(item));
    older = older.filter((other) => keyOf(other) !== keyOf(item));
    return draw();
  }

  return { filter, more, items, isFiltered, start, change, put, drop, search: (label) => searchField(label, (words) => change({ search: words }), { value: filter.search }) };

  async function take(page) {
    recent = page.items;
    if (!older.length) token = page.next_page_token;
    const known = new Set(recent.map(keyOf));
    older = older.filter((item) => !known.has(keyOf(item)));
    await draw();
  }

  async function loadOlder() {
    const asked = wanted();
    const page = await filledPage(fetchPage, token, PAGE);
    if (asked !== wanted()) return;
    const known = new Set(items().map(keyOf));
    older.push(...page.items.filter((item) => !known.has(keyOf(item))));
    token = page.next_page_token;
    await draw();
  }

  async function draw() {
    more.hidden = !token;
    await onItems(items());
  }

  async function watch() {
    let pauseMs = everyMs(items());
    for (;;) {
      await sleep(pauseMs, signal);
      if (signal.aborted) return;
      const asked = wanted();
      try {
        const page = await filledPage(fetchPage, null, PAGE);
        if (signal.aborted) return;
        if (asked === wanted()) await take(page);
        pauseMs = everyMs(items());
      } catch (error) {
        if (signal.aborted || error.status === 401) return;
        pauseMs = Math.min(pauseMs * 1.5, MAX_PAUSE_MS); // the next look shows it
      }
    }
  }
}

/** Items of a list whose pages may be short: up to `most`, and where it goes on. */
async function filledPage(fetchPage, token, most) {
  const items = [];
  let next = token;
  do {
    const page = await fetchPage(next);
    items.push(...page.items);
    next = page.next_page_token;
  } while (next && items.length < most);
  return { items, next_page_token: next };
}
