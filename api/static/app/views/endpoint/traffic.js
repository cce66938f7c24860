// How requests are shared out: a share for each alias beside the champion, and who predicts along unseen.

import { button } from "../../components/button.js";
import { emptyState } from "../../components/empty.js";
import { field, form } from "../../components/field.js";
import { panel } from "../../components/page.js";
import { toast } from "../../components/toast.js";
import { h, setText } from "../../dom.js";
import { CHAMPION, trafficWords } from "../../endpoint-words.js";

const STICKY = [["request", "each request anew"], ["key", "by the caller's key of the row"]];

export function trafficTab(open) {
  const { aliases, traffic } = open.endpoint;
  const others = Object.keys(aliases).filter((alias) => alias !== CHAMPION).sort();
  if (!aliases[CHAMPION] || !others.length) return emptyState("activity", "All requests go to the champion", "To try another version on a part of the requests, or on copies of them, give it an alias first: the pencil beside it in Versions.");
  const rows = others.map((alias) => aliasRow(alias, aliases[alias], traffic, () => preview()));
  const sticky = field("A row's version is chosen", { type: "select", choices: STICKY, value: traffic.sticky, hint: "By key, a customer or device always meets the same version, as long as the shares stay." });
  const why = field("Why (optional)", { maxlength: 1000 });
  const words = h("p", { class: "muted", role: "status" });
  const fields = { sticky, why, ...Object.fromEntries(rows.map(({ alias, share }) => [`split.${alias}`, share])) };
  const body = () => ({
    split: Object.fromEntries(rows.filter(({ percent }) => percent() > 0).map(({ alias, percent }) => [alias, percent() / 100])),
    sticky: sticky.value(),
    shadow: rows.filter(({ shadow }) => shadow.value()).map(({ alias }) => alias),
  });
  const preview = () => setText(words, `${trafficWords(body(), aliases)}.`);
  const made = form(fields, async () => {
    const reason = why.value().trim();
    if (await open.change("PUT", "/traffic", { ...body(), ...(reason && { why: reason }) })) toast("Traffic changed.", { kind: "good" });
  },
  h("div", { class: "traffic-rows" }, rows.map(({ element }) => element)), words, h("div", { class: "field-row" }, sticky.element, why.element),
  button("Save", { kind: "primary", type: "submit" }));
  preview();
  return panel("Traffic", { note: `A shadow predicts every request as well; its predictions are not returned, and the ${CHAMPION} never waits for it.` }, made);
}

function aliasRow(alias, version, traffic, onChange) {
  const share = field(`Share of ${alias} in percent`, { type: "number", min: 0, max: 99, step: "any", value: String(Number(((traffic.split[alias] ?? 0) * 100).toPrecision(6))), quiet: true });
  const shadow = field("shadow", { type: "checkbox", checked: traffic.shadow.includes(alias), "aria-label": `${alias} is a shadow` });
  for (const { input } of [share, shadow]) input.addEventListener("input", onChange);
  const element = h("div", { class: "traffic-row" }, h("span", { class: "truncate" }, h("strong", {}, alias), h("span", { class: "fine" }, ` version ${version}`)), share.element, h("span", {}, "%"), shadow.element);
  return { alias, element, share, shadow, percent: () => Number(share.value()) || 0 };
}
