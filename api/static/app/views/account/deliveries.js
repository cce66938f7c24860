// What a webhook was told: each delivery with its tries, to be sent again.

import { badge } from "../../components/badge.js";
import { button } from "../../components/button.js";
import { openDialog } from "../../components/dialog.js";
import { fill, h } from "../../dom.js";
import { ago, dateTime } from "../../format.js";
import { get, post, sleep } from "../../server/http.js";

const PAGE = 20;
const EVERY_MS = 2000;
const STATES = { waiting: "busy", delivered: "good", failed: "bad" };

/** Open the log; it is looked at again while something waits, until it is closed. */
export async function showDeliveries(hook, signal) {
  const path = `/webhooks/${encodeURIComponent(hook.id)}/deliveries`;
  const list = h("div", { "aria-live": "polite" });
  const more = button("Show older", { run: older });
  let shown = PAGE;
  let token = null;
  await look();
  const open = openDialog(`Log of ${hook.url}`, [list, more], { wide: true });
  void follow();

  async function look() {
    let items = [];
    token = null;
    do {
      const page = await get(`${path}?page_size=${PAGE}${token ? `&page_token=${encodeURIComponent(token)}` : ""}`, { signal });
      items = [...items, ...page.items];
      token = page.next_page_token;
    } while (token && items.length < shown);
    more.hidden = !token;
    fill(list, items.length ? items.map((each) => delivery(each, again)) : h("p", { class: "muted" }, "It was told nothing yet."));
    return items.some(({ state }) => state === "waiting");
  }

  async function older() {
    shown += PAGE;
    await look();
  }

  async function again({ id }) {
    await post(`${path}/${encodeURIComponent(id)}/redeliver`);
    await look();
  }

  async function follow() {
    for (;;) {
      await sleep(EVERY_MS, signal);
      if (signal.aborted) open.close();
      if (!open.element.isConnected) return;
      if (!open.element.contains(document.activeElement) || !document.activeElement.closest(".delivery")) await look().catch(() => {});
    }
  }
}

function delivery(each, again) {
  const { id, type, at, state, due, attempts } = each;
  return h("section", { class: "delivery" },
    h("div", { class: "delivery-head" }, h("strong", {}, type), badge(state, STATES[state]), h("time", { class: "fine", datetime: at, title: dateTime(at) }, ago(at)),
      state !== "waiting" && button("Redeliver", { class: "btn-small", "aria-label": `Redeliver ${type} of ${dateTime(at)}`, run: () => again(each) })),
    state === "waiting" && attempts.length > 0 && h("p", { class: "fine" }, `Next try: ${dateTime(due)}`),
    attempts.length > 0 && h("ul", { class: "plain-list fine" }, attempts.map((one) => h("li", {}, attemptWords(one)))),
    h("p", { class: "fine" }, `ID ${each.event_id ?? id}`));
}

const attemptWords = ({ at, status, error, ms, answer }) => `${dateTime(at)}: ${status ? `answered ${status}` : (error?.detail ?? "no answer")}, ${ms} ms${answer ? `, “${answer.slice(0, 200)}”` : ""}`;
