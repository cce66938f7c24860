// One endpoint: what it serves, its versions, its log of changes, how to try and to call it.

import { button } from "../components/button.js";
import { confirm } from "../components/dialog.js";
import { pageHead } from "../components/page.js";
import { tabs } from "../components/tabs.js";
import { toast } from "../components/toast.js";
import { fill, h } from "../dom.js";
import { CHAMPION, alarmName, differences, healthBadge } from "../endpoint-words.js";
import { poll } from "../server/http.js";
import { changesTab } from "./endpoint/changes.js";
import { codeTab } from "./endpoint/code.js";
import { healthTab } from "./endpoint/health.js";
import { OpenEndpoint } from "./endpoint/open-endpoint.js";
import { openProduction } from "./endpoint/production.js";
import { requestsTab } from "./endpoint/requests.js";
import { trafficTab } from "./endpoint/traffic.js";
import { tryTab } from "./endpoint/try.js";
import { versionsTab } from "./endpoint/versions.js";
import { scoreWords } from "./model/trust.js";
import { askRetraining, retrainedBy } from "./pipeline/retrain.js";

export const title = "Endpoint";

const EVERY_MS = 10_000;

export default async function view({ params, signal, navigate, setTitle }) {
  setTitle(params.name);
  const open = new OpenEndpoint(params.name, signal, navigate);
  const top = h("div", {});
  const below = h("div", {});
  const drawHead = () => fill(top, head(open, navigate));
  let life = new AbortController();
  signal.addEventListener("abort", () => life.abort(), { once: true });
  open.onChange = () => {
    life.abort();
    life = new AbortController();
    const inside = below.contains(document.activeElement) || top.contains(document.activeElement);
    drawHead();
    fill(below, tabs(list(open, life.signal, { signal, navigate }), { label: "About this endpoint" }));
    if (inside) below.querySelector("[role=tabpanel]").focus({ preventScroll: true });
  };
  await open.load();
  poll(open.path, { signal, everyMs: EVERY_MS, onValue: (seen) => {
    if (open.sees(seen)) drawHead();
    else open.load().catch(() => {}); // the next look shows it
  } });
  return h("div", {}, top, below);
}

const list = (open, life, { signal, navigate }) => [
  { id: "versions", label: "Versions", make: () => versionsTab(open, { signal, navigate }) },
  { id: "health", label: "Health", make: () => healthTab(open, signal, life) },
  { id: "requests", label: "Requests", make: () => requestsTab(open, signal) },
  { id: "changes", label: "Changes", make: () => changesTab(open, rollBack) },
  { id: "traffic", label: "Traffic", make: () => trafficTab(open) },
  { id: "try", label: "Try it", make: () => tryTab(open, signal) },
  { id: "code", label: "Code", make: () => codeTab(open, signal) },
];

function head(open, navigate) {
  const { name, aliases, alarms = [], health, note } = open.endpoint;
  const model = open.champion;
  const target = open.rollbackTarget;
  const remove = () => confirm(`Delete ${name}?`, "Its address stops answering, and its versions and log are deleted. The models are kept.", { run: async () => {
    await open.remove();
    navigate("/endpoints");
  } });
  const served = aliases[CHAMPION] ? [`Version ${aliases[CHAMPION]} answers`, model && `, ${scoreWords(model)}`, "."] : "It serves no version yet.";
  return pageHead(name, {
    back: ["/endpoints", "Endpoints"],
    badge: healthBadge(health),
    lead: [model && `Predicts ${model.target}. `, served, note && h("div", {}, note), retrainedBy(open.pipelines), alarms.length > 0 && h("div", {}, h("a", { href: `/endpoints/${encodeURIComponent(name)}?tab=health` }, `Alarm: ${alarms.map(({ kind }) => alarmName(kind)).join(", ")}`))],
    actions: [
      button("Add a version", { icon: "plus", kind: aliases[CHAMPION] ? "plain" : "primary", run: () => openProduction({ endpoint: open.endpoint, signal: open.signal, navigate, onDone: () => open.load() }) }),
      model?.dataset_id && open.pipelines.length === 0 && button("Retrain weekly", { icon: "repeat", run: () => askRetraining(name, model, { signal: open.signal, navigate }) }),
      target && button("Roll back", { icon: "undo", title: differences(open.endpoint, target).join(" "), run: () => rollBack(open) }),
      button("Delete", { kind: "quiet", icon: "trash", only: true, run: remove }),
    ],
  });
}

/** Undo the newest change of what is served, and say what that did. */
async function rollBack(open) {
  const said = differences(open.endpoint, open.rollbackTarget).join(" ");
  if (await open.change("POST", "/rollback", {})) toast(`Rolled back. ${said}`, { kind: "good" });
}
