// All models: how good each is in a word, and two of them side by side.

import { badge } from "../components/badge.js";
import { button, linkButton } from "../components/button.js";
import { emptyState } from "../components/empty.js";
import { pageHead } from "../components/page.js";
import { table } from "../components/table.js";
import { h, setText } from "../dom.js";
import { ago, dateTime, metricName, number, taskName } from "../format.js";
import { get, poll } from "../http.js";
import { datasetNames } from "../names.js";
import { toneOf } from "../words.js";
import { headline, withError } from "./model/trust.js";

export const title = "Models";

const EVERY_MS = 15_000;

export default async function view({ signal, navigate }) {
  let recent = [];
  let older = [];
  let token = null;
  let names = new Map();
  const chosen = new Set();
  const list = table(columns(() => names, chosen, () => drawCompare()), [], { label: "Models", keyOf: (model) => model.id, href: (model) => `/models/${model.id}` });
  const compare = button("Compare", { class: "desk-only", run: () => navigate(`/compare?${[...chosen].map((id, index) => `${"ab"[index]}=${id}`).join("&")}`) });
  const more = button("Show older", { run: loadOlder });
  const full = h("div", { class: "stack" }, list.element, h("div", { class: "list-foot" }, more));
  const empty = emptyState("model", "No models yet", "Train on a dataset to get a model for its target column.", linkButton("Choose a dataset", "/datasets", { kind: "primary" }));

  async function take(page) {
    recent = page.items;
    if (!older.length) token = page.next_page_token;
    const known = new Set(recent.map(({ id }) => id));
    older = older.filter(({ id }) => !known.has(id));
    await draw();
  }

  async function loadOlder() {
    const page = await get(`/models?brief=true&page_size=50&page_token=${encodeURIComponent(token)}`, { signal });
    older.push(...page.items);
    token = page.next_page_token;
    await draw();
  }

  async function draw() {
    const models = [...recent, ...older];
    names = await datasetNames(models.filter((model) => model.dataset_id).map((model) => model.dataset_id));
    for (const id of chosen) if (!models.some((model) => model.id === id)) chosen.delete(id);
    full.hidden = models.length === 0;
    empty.hidden = models.length > 0;
    compare.hidden = models.length < 2;
    more.hidden = !token;
    list.update(models);
    drawCompare();
  }

  function drawCompare() {
    compare.disabled = chosen.size !== 2;
    compare.title = chosen.size === 2 ? "" : "Select two models in the list";
    setText(compare.querySelector("span"), chosen.size ? `Compare (${chosen.size} of 2)` : "Compare");
    for (const box of list.element.querySelectorAll("input[type=checkbox]")) box.disabled = chosen.size === 2 && !box.checked;
  }

  await take(await get("/models?brief=true&page_size=50", { signal }));
  poll("/models?brief=true&page_size=50", { signal, everyMs: EVERY_MS, onValue: (page) => void take(page) });
  return h("div", {}, pageHead("Models", { lead: "Trained models, ready to predict.", actions: [compare] }), full, empty);
}

const columns = (names, chosen, onChoose) => [
  {
    key: "choose", label: "", class: "check-cell desk-only",
    cell: (model) => h("input", {
      type: "checkbox", class: "form-check-input", checked: chosen.has(model.id), "aria-label": `Compare the model of ${model.target}, created ${dateTime(model.created_at)}`,
      onchange: (event) => {
        if (event.target.checked) chosen.add(model.id);
        else chosen.delete(model.id);
        onChoose();
      },
    }),
  },
  {
    key: "target", label: "Target", class: "wide-cell",
    cell: (model) => h("div", { class: "two-lines" }, h("a", { class: "strong-link", href: `/models/${model.id}` }, model.target), h("span", { class: "fine" }, model.origin === "uploaded" ? `uploaded as ${model.name}` : ["from ", names().get(model.dataset_id)])),
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
