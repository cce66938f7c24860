// All models: how good each is in a word; found by words and tags; several of them side by side.

import { badge } from "../components/badge.js";
import { button, linkButton } from "../components/button.js";
import { emptyState } from "../components/empty.js";
import { select } from "../components/field.js";
import { liveList } from "../components/live-list.js";
import { pageHead } from "../components/page.js";
import { table } from "../components/table.js";
import { fill, h, setText } from "../dom.js";
import { TASKS, ago, dateTime, metricName, number, taskName } from "../format.js";
import { datasetNames } from "../server/names.js";
import { toneOf } from "../words.js";
import { givenName, tagList } from "./model/describe.js";
import { headline, withError } from "./model/trust.js";
import { askUpload } from "./model/upload.js";

export const title = "Models";

const EVERY_MS = 15_000;

const MOST_CHOSEN = 10;

export default async function view({ query, signal, navigate }) {
  let names = new Map();
  const chosen = new Set();
  const models = liveList("/models", { signal, query, filters: ["task", "tag"], fixed: { brief: true }, everyMs: () => EVERY_MS, onItems: draw });
  const list = table(columns(() => names, chosen, () => drawCompare()), [], { label: "Models", keyOf: (model) => model.id, href: (model) => `/models/${model.id}` });
  const compare = button("Compare", { class: "desk-only", run: () => navigate(`/compare?${[...chosen].map((id) => `model=${id}`).join("&")}`) });
  const none = h("p", { class: "muted", role: "status" }, "No model is like that.");
  const tag = h("span", { class: "row-gap" });
  const bar = h("div", { class: "filter-bar" },
    models.search("Find a model"),
    select([["", "All types"], ...Object.entries(TASKS).filter(([task]) => task !== "auto")], { value: models.filter.task, "aria-label": "Type", onchange: (event) => models.change({ task: event.target.value }) }),
    tag);
  const full = h("div", {}, bar, none, h("div", { class: "stack" }, list.element, h("div", { class: "list-foot" }, models.more)));
  const empty = emptyState("model", "No models yet", "Train on a dataset to get a model for its target column, or bring one along as an ONNX file.", linkButton("Choose a dataset", "/datasets", { kind: "primary" }));

  await models.start();
  return h("div", {}, pageHead("Models", { lead: "Trained models, ready to predict.", actions: [button("Upload a model", { icon: "upload", run: () => askUpload({ signal, navigate }) }), linkButton("Tests and comparisons", "/evaluations", { icon: "target" }), compare] }), full, empty);

  async function draw(items) {
    names = await datasetNames(items.filter((model) => model.dataset_id).map((model) => model.dataset_id));
    for (const id of chosen) if (!items.some((model) => model.id === id)) chosen.delete(id);
    const nothing = items.length === 0;
    full.hidden = nothing && !models.isFiltered();
    empty.hidden = !full.hidden;
    none.hidden = !nothing;
    list.element.hidden = nothing;
    compare.hidden = items.length < 2;
    fill(tag, models.filter.tag && button(`Tag ${models.filter.tag}`, { icon: "close", class: "btn-small", "aria-label": `Models of all tags, not only ${models.filter.tag}`, run: () => models.change({ tag: "" }) }));
    list.update(items);
    drawCompare();
  }

  function drawCompare() {
    compare.disabled = chosen.size < 2;
    compare.title = chosen.size < 2 ? `Select two to ${MOST_CHOSEN} models in the list` : "";
    setText(compare.querySelector("span"), chosen.size ? `Compare (${chosen.size})` : "Compare");
    for (const box of list.element.querySelectorAll("input[type=checkbox]")) box.disabled = chosen.size === MOST_CHOSEN && !box.checked;
  }
}

const columns = (names, chosen, onChoose) => [
  {
    key: "choose", label: "", class: "check-cell desk-only",
    cell: (model) => h("input", {
      type: "checkbox", class: "form-check-input", checked: chosen.has(model.id), "aria-label": `Compare ${model.name || `the model of ${model.target}`}, created ${dateTime(model.created_at)}`,
      onchange: (event) => {
        if (event.target.checked) chosen.add(model.id);
        else chosen.delete(model.id);
        onChoose();
      },
    }),
  },
  {
    key: "target", label: "Model", class: "wide-cell",
    cell: (model) => h("div", { class: "two-lines" }, h("a", { class: "strong-link", href: `/models/${model.id}` }, givenName(model) || model.target), h("span", { class: "fine" }, givenName(model) && `${model.target}, `, model.origin === "uploaded" ? `uploaded as ${model.name}` : ["from ", names().get(model.dataset_id)]), tagList(model)),
  },
  { key: "verdict", label: "Verdict", cell: (model) => (model.verdict ? badge(model.verdict.title, toneOf(model.verdict.tone)) : "–") },
  {
    key: "score", label: "Score", number: true, class: "desk-only",
    cell: (model) => {
      const { mean, error, baseline } = headline(model);
      return h("div", { class: "two-lines end" }, h("span", { title: `Baseline: ${number(baseline)}` }, withError(mean, error)), h("span", { class: "fine" }, metricName(model.metric)));
    },
  },
  { key: "task", label: "Type", class: "desk-only", cell: (model) => taskName(model.task) },
  { key: "created", label: "Created", class: "desk-only", cell: (model) => h("time", { datetime: model.created_at, title: dateTime(model.created_at) }, ago(model.created_at)) },
  { key: "predict", label: "", class: "row-actions desk-only", cell: (model) => linkButton("Predict", `/models/${model.id}/predict`, { kind: "quiet", class: "btn-small", "aria-label": `Predict ${model.target}` }) },
];
