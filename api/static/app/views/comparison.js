// Models measured on the same rows: which is better, by how much, how sure that is, and where they disagree.

import { badge, stateBadge } from "../components/badge.js";
import { button, linkButton } from "../components/button.js";
import { confirm } from "../components/dialog.js";
import { errorNotice } from "../components/notice.js";
import { pageHead, panel } from "../components/page.js";
import { progressBar } from "../components/progress.js";
import { fill, h } from "../dom.js";
import { ago, dateTime, plural } from "../format.js";
import { API, del, get, poll } from "../server/http.js";
import { modelsById } from "../server/known-models.js";
import { datasetName } from "../server/names.js";
import { isOver, toneOf } from "../words.js";
import { disagreementPanels } from "./comparison/disagreement.js";
import { pairsPanel, scoresPanel } from "./comparison/scores.js";

export const title = "Comparison";

const EVERY_MS = 1000;

export default async function view({ params, signal, navigate, setTitle }) {
  const path = `/comparisons/${encodeURIComponent(params.id)}`;
  const first = await get(path, { signal });
  const [dataset, models] = await Promise.all([datasetName(first.dataset_id), modelsById(first.models.map(({ id }) => id), signal)]);
  const [top, body] = [h("div", {}), h("div", {})];
  const draw = (found) => {
    setTitle(found.name || `Comparison of ${plural(found.models.length, "model")}`);
    fill(top, head(found, dataset, { path, navigate }));
    fill(body, found.state === "succeeded" ? result(found, nameModels(found, models)) : isOver(found.state) ? errorNotice(found.error ?? { detail: "The comparison ended without a result." }) : waiting(found));
  };
  draw(first);
  if (!isOver(first.state)) poll(path, { signal, everyMs: EVERY_MS, onValue: (found) => (draw(found), isOver(found.state) ? false : EVERY_MS) });
  return h("div", {}, top, body);
}

const waiting = (found) => panel(null, {}, progressBar("Progress of the comparison", { words: found.state === "queued" ? "Waiting for a worker. You can leave this page." : "Predicting the rows with each model. You can leave this page." }).element);

/** {id: name}; models without a name of their own are lettered. */
function nameModels(found, models) {
  return new Map(found.models.map(({ id, endpoint, version, name }, index) => {
    const letter = String.fromCharCode(65 + index);
    const own = endpoint ? `${endpoint} version ${version}` : models.get(id)?.name || (name === id ? null : name);
    return [id, own ? `${letter}: ${own}` : `Model ${letter}`];
  }));
}

function head(found, dataset, { path, navigate }) {
  const remove = () => confirm("Delete this comparison?", "The models and the dataset are kept.", { run: async () => {
    await del(path);
    navigate("/evaluations?tab=comparisons");
  } });
  return pageHead(found.name || `Comparison of ${plural(found.models.length, "model")}`, {
    back: ["/evaluations?tab=comparisons", "Comparisons"],
    badge: found.state === "succeeded" ? null : stateBadge(found.state),
    lead: ["On ", dataset ? h("a", { href: `/datasets/${found.dataset_id}` }, dataset) : "deleted dataset", ", ", h("time", { datetime: found.created_at, title: dateTime(found.created_at) }, ago(found.created_at))],
    actions: [
      found.state === "succeeded" && linkButton("Report", `${API}${path}/report`, { icon: "external", target: "_blank", rel: "noopener" }),
      linkButton("Side by side", `/compare?${found.models.map(({ id }) => `model=${id}`).join("&")}`),
      button("Delete", { kind: "quiet", icon: "trash", only: true, run: remove }),
    ],
  });
}

/** Sentences name models by their ids where they have no name of their own. */
const withNames = (text, names) => [...names].reduce((said, [id, name]) => said.replaceAll(id, name), text);

function result(found, names) {
  const { verdict } = found;
  const { unlabelled = 0, unknown_rows: unknown = 0 } = found.left_out ?? {};
  return h("div", { class: "stack" },
    panel([withNames(verdict.title, names), " ", badge(plural(found.rows, "row"), toneOf(verdict.tone))], {},
      h("ul", { class: "said" }, verdict.sentences.map((text) => h("li", {}, withNames(text, names)))),
      unlabelled + unknown > 0 && h("p", { class: "fine" }, `${plural(unlabelled + unknown, "row")} left out: without ${found.target}, or with a label that no model knows.`)),
    scoresPanel(found, names),
    pairsPanel(found, names),
    disagreementPanels(found, names));
}
