// The versions of an endpoint: the model of each, how good it is, who added it; one click makes it the champion.

import { badge } from "../../components/badge.js";
import { button } from "../../components/button.js";
import { confirm, openDialog } from "../../components/dialog.js";
import { emptyState } from "../../components/empty.js";
import { field, form } from "../../components/field.js";
import { panel } from "../../components/page.js";
import { table } from "../../components/table.js";
import { toast } from "../../components/toast.js";
import { h } from "../../dom.js";
import { CHAMPION, authorWords } from "../../endpoint-words.js";
import { ago, dateTime, percent } from "../../format.js";
import { askEvaluation } from "../evaluation/ask.js";
import { scoreWords } from "../model/trust.js";

/** @param page  {signal, navigate} */
export function versionsTab(open, page) {
  if (!open.versions.length) return emptyState("model", "No versions yet", "Add a trained model: it becomes version 1, and answers as soon as it is the champion.");
  const why = field("Why (optional)", { quiet: true, placeholder: "Why (optional), for the log", maxlength: 1000, class: "form-control why-field" });
  return panel("Versions", { note: "The champion answers. Other aliases are yours to choose, such as challenger.", aside: why.element },
    table(columns(open, why, page), open.versions, { label: "Versions", keyOf: ({ version }) => version }).element);
}

const columns = (open, why, page) => [
  {
    key: "version", label: "Version", class: "version-cell",
    cell: ({ version }) => h("div", { class: "row-gap" }, h("strong", {}, `Version ${version}`), open.aliasesOf(version).map((alias) => badge(alias, alias === CHAMPION ? "good" : "calm"))),
  },
  {
    key: "model", label: "Model",
    cell: ({ model_id: id, note, decision }) => {
      const model = open.models.get(id);
      const words = model ? scoreWords(model) : "deleted model";
      return h("div", { class: "two-lines" }, model ? h("a", { href: `/models/${encodeURIComponent(id)}` }, words) : words, decision && h("span", { class: "fine clipped", title: decision.why || null }, `“${decision.positive}” from ${percent(decision.threshold, 1)} on`), note && h("span", { class: "fine clipped", title: note }, note));
    },
  },
  {
    key: "added", label: "Added", class: "desk-only",
    cell: ({ created_at: at, by, why: reason }) => h("div", { class: "two-lines" },
      h("span", {}, h("time", { datetime: at, title: dateTime(at) }, ago(at)), ` by ${authorWords(by, open.keys)}`), reason && h("span", { class: "fine clipped", title: reason }, reason)),
  },
  {
    key: "do", label: "", class: "row-actions",
    cell: ({ version, model_id: id }) => h("div", { class: "row-gap" },
      open.endpoint.aliases[CHAMPION] !== version && button("Make champion", { class: "btn-small", "aria-label": `Make version ${version} champion`, run: () => promote(open, version, CHAMPION, why.value()) }),
      open.models.get(id) && button(`Test version ${version} on new data`, { kind: "quiet", icon: "target", only: true, class: "desk-only", run: () => askTest(open, version, open.models.get(id), page) }),
      button(`Give version ${version} an alias`, { kind: "quiet", icon: "edit", only: true, run: () => askAlias(open, version) }),
      open.aliasesOf(version).length === 0 && button(`Delete version ${version}`, { kind: "quiet", icon: "trash", only: true, class: "desk-only", run: () => remove(open, version) })),
  },
];

const askTest = (open, version, model, page) => askEvaluation({ endpoint: open.endpoint.name, version: String(version) }, { target: model.target, trainedOn: model.dataset_id, ...page });

async function promote(open, version, alias, why) {
  if (await open.change("PUT", `/aliases/${encodeURIComponent(alias)}`, { version, ...(why.trim() && { why: why.trim() }) }))
    toast(`Version ${version} is ${alias}.`, { kind: "good" });
}

function askAlias(open, version) {
  const alias = field("Alias", { placeholder: "challenger", maxlength: 32, autocomplete: "off", autocapitalize: "none", spellcheck: "false", hint: "A lowercase letter, then letters, digits and dashes. It moves here if another version has it." });
  const why = field("Why (optional)", { maxlength: 1000 });
  const others = open.aliasesOf(version).filter((name) => name !== CHAMPION);
  openDialog(`Alias of version ${version}`, (close) => form({ alias, why }, async () => {
    await promote(open, version, alias.value().trim(), why.value());
    close();
  },
  alias.element, why.element,
  others.length > 0 && h("div", { class: "row-gap" }, others.map((name) => button(`Delete ${name}`, { kind: "danger", class: "btn-small", run: async () => {
    await open.change("DELETE", `/aliases/${encodeURIComponent(name)}`);
    close();
  } }))),
  h("div", { class: "form-actions" }, button("Cancel", { run: () => close() }), button("Set alias", { kind: "primary", type: "submit" }))));
}

const remove = (open, version) => confirm(`Delete version ${version}?`, "Its model is kept. Rolling back to it is no longer possible.", { run: () => open.change("DELETE", `/versions/${version}`) });
