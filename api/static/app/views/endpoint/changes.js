// The log of changes in words, and the way back: one click, and beforehand what it will do.

import { button } from "../../components/button.js";
import { confirm } from "../../components/dialog.js";
import { notice } from "../../components/notice.js";
import { panel } from "../../components/page.js";
import { toast } from "../../components/toast.js";
import { h } from "../../dom.js";
import { CHAMPION, authorWords, changeWords, differences } from "../../endpoint-words.js";
import { ago, dateTime } from "../../format.js";
import { icon } from "../../icons.js";

const MARKS = { "endpoint.create": "plus", "alias.set": "model", "alias.delete": "trash", "traffic.set": "activity", rollback: "undo" };

/** @param rollBack  (open), what the button at the top does */
export function changesTab(open, rollBack) {
  const target = open.rollbackTarget;
  return h("div", { class: "stack" },
    target && notice("info", "What rolling back does", differences(open.endpoint, target).join(" "), { actions: [button("Roll back", { icon: "undo", run: () => rollBack(open) })] }),
    panel("Log of changes", { note: "Newest first. Nothing in it can be edited or deleted." },
      h("ol", { class: "changes", "aria-label": "Changes" }, open.changes.map((change) => line(open, change)))));
}

function line(open, change) {
  const moves = change.aliases[CHAMPION] ? differences(open.endpoint, change) : [];
  return h("li", { class: "change" },
    h("span", { class: "change-mark" }, icon(MARKS[change.action] ?? "edit")),
    h("div", { class: "change-words" },
      h("div", {}, changeWords(change), "."),
      change.why && h("div", { class: "muted" }, `“${change.why}”`),
      h("div", { class: "fine" }, `${change.seq} · `, h("time", { datetime: change.at, title: dateTime(change.at) }, ago(change.at)), ` · ${authorWords(change.by, open.keys)}`)),
    moves.length > 0 && button("Go back to this", { kind: "quiet", class: "btn-small", "aria-label": `Go back to the state after change ${change.seq}`, title: moves.join(" "), run: () => goBack(open, change, moves) }));
}

async function goBack(open, { seq }, moves) {
  const done = await confirm(`Go back to the state after change ${seq}?`, moves.join(" "), { action: "Roll back", kind: "primary", run: () => open.change("POST", "/rollback", { to: seq }) });
  if (done) toast(`Rolled back to the state after change ${seq}.`, { kind: "good" });
}
