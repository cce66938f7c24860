// One request: what was asked, what was answered, and what became of it, which can be said here.

import { bars } from "../../charts/charts.js";
import { badge } from "../../components/badge.js";
import { button } from "../../components/button.js";
import { openDialog } from "../../components/dialog.js";
import { field, form, isFilled } from "../../components/field.js";
import { facts } from "../../components/page.js";
import { toast } from "../../components/toast.js";
import { h } from "../../dom.js";
import { dateTime, number, percent } from "../../format.js";
import { Problem, post } from "../../server/http.js";

const MOST_CLASSES = 10;

/** @param onDone  once `row` holds a truth, or no more */
export function openRequest(open, row, signal, onDone) {
  const signature = open.versions.find(({ version }) => version === row.v)?.signature;
  openDialog("Request", (close) => h("div", { class: "stack" },
    facts([["Time", dateTime(row.at)], ["Predicted", String(row.y)], ["Version", [row.v, row.alias].filter(Boolean).join(", ")], ["Truth", row.label === null || row.label === undefined ? "not known" : String(row.label)], row.key && ["Key", row.key], ["Took", `${number(row.ms, 2)} ms`]]),
    row.p?.length > 0 && signature?.labels && probabilities(row.p, signature.labels),
    truthForm(open, row, signature, signal, (said) => {
      close();
      toast(said, { kind: "good" });
      onDone();
    }),
    shadows(row.shadow),
    inputs(row.x),
    h("p", { class: "fine" }, "Prediction ID: ", h("code", {}, row.id))));
}

const probabilities = (p, labels) => bars(labels.map((label, index) => ({ label, share: p[index] ?? 0, value: percent(p[index]) })).sort((a, b) => b.share - a.share).slice(0, MOST_CLASSES), { name: "Probabilities" });

const shadows = (found) => found && Object.keys(found).length > 0 && h("p", {}, "Shadows said: ", Object.entries(found).map(([version, { y }]) => h("span", {}, `version ${version}: ${y} `)));

function inputs(x) {
  const cells = Object.entries(x);
  if (!cells.length) return h("p", { class: "muted" }, "Its inputs were not kept.");
  return h("dl", { class: "cells", "aria-label": "Inputs" }, cells.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value === null || value === "" ? badge("missing") : String(value)))));
}

function truthForm(open, row, signature, signal, onSaid) {
  const labels = signature?.labels;
  const known = row.label !== null && row.label !== undefined;
  const label = labels?.length
    ? field("What was true", { type: "select", choices: labels, value: known ? String(row.label) : String(row.y) })
    : field("What was true", { inputmode: "decimal", value: known ? String(row.label) : "" });
  const say = async (value) => {
    const { refused } = await post(`${open.path}/feedback`, { labels: [{ prediction_id: row.id, label: value }] }, { signal });
    if (refused.length) throw new Problem(422, { ...refused[0], errors: [{ field: "label", detail: refused[0].detail }] });
    row.label = value;
    onSaid(value === null ? "Taken back." : "Kept.");
  };
  return form({ label }, async () => {
    if (isFilled(label, "Say what was true.")) await say(labels?.length ? label.value() : label.value().trim());
  },
  h("div", { class: "truth-row" }, label.element, button("Save", { kind: "primary", type: "submit" }), known && button("Take back", { run: () => say(null) })));
}
