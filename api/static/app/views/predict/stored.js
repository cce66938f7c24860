// Predictions of whole datasets, made by a worker and kept on the server.

import { stateBadge } from "../../components/badge.js";
import { button, linkButton } from "../../components/button.js";
import { confirm } from "../../components/dialog.js";
import { select } from "../../components/field.js";
import { panel } from "../../components/page.js";
import { table } from "../../components/table.js";
import { h } from "../../dom.js";
import { ago, bytes, dateTime, integer, plural } from "../../format.js";
import { API, del, get, poll, post } from "../../server/http.js";
import { datasetNames } from "../../server/names.js";
import { isOver } from "../../words.js";

const ACTIVE_MS = 1500;
const QUIET_MS = 20_000;

export async function storedPanel(model, signal) {
  const path = `/models/${encodeURIComponent(model.id)}/predictions`;
  const [first, datasets] = await Promise.all([get(path, { signal }), get("/datasets?brief=true&page_size=200", { signal })]);
  const ready = datasets.items.filter(({ state }) => state === "ready");
  const which = select(ready.map(({ id, name, rows }) => [id, `${name} (${plural(rows, "row")})`]), { "aria-label": "Dataset to predict" });
  const begin = button("Predict", { run: async () => {
    await post(path, { dataset_id: which.value });
    await refresh();
  } });
  let names = new Map();
  const list = table(columns(() => names, (prediction) => remove(prediction)), [], { label: "Stored predictions", keyOf: ({ id }) => id });
  let following = false;

  const refresh = async () => {
    await take(await get(path, { signal }));
    follow();
  };

  async function remove({ id }) {
    await confirm("Delete these predictions?", "The CSV is deleted. The dataset and the model are kept.", { run: async () => {
      await del(`/predictions/${id}`);
      await refresh();
    } });
  }

  async function take(page) {
    names = await datasetNames(page.items.map(({ dataset_id: id }) => id));
    list.element.hidden = page.items.length === 0;
    list.update(page.items);
  }

  /** While any is under way, look often. */
  function follow() {
    if (following) return;
    following = true;
    void poll(path, { signal, everyMs: ACTIVE_MS, onValue: (page) => {
      void take(page);
      return page.items.some(({ state }) => !isOver(state)) ? ACTIVE_MS : QUIET_MS;
    } });
  }

  await take(first);
  follow();
  const chooser = ready.length ? h("div", { class: "joined" }, which, begin) : h("p", { class: "panel-note" }, "There are no datasets to predict yet. ", h("a", { href: "/datasets" }, "Upload a dataset."));
  return panel("Predict a dataset", { note: "Runs in the background. The result is stored until you delete it." }, chooser, list.element);
}

/** What the model could not use of a dataset, unfolded on demand. */
function warningList(warnings = []) {
  return warnings.length > 0 && h("details", { class: "fine" }, h("summary", {}, plural(warnings.length, "warning")), h("ul", { class: "plain-list" }, warnings.map(({ detail }) => h("li", {}, detail))));
}

const columns = (names, remove) => [
  { key: "dataset", label: "Dataset", class: "wide-cell", cell: ({ dataset_id: id }) => names().get(id) },
  { key: "state", label: "State", cell: ({ state, error, warnings }) => h("div", { class: "two-lines" }, stateBadge(state), error && h("span", { class: "fine" }, error.detail), warningList(warnings)) },
  { key: "rows", label: "Rows", number: true, cell: ({ rows }) => integer(rows) },
  { key: "size", label: "Size", number: true, cell: ({ size_bytes: size }) => bytes(size) },
  { key: "created", label: "Created", cell: ({ created_at: at }) => h("time", { datetime: at, title: dateTime(at) }, ago(at)) },
  {
    key: "do", label: "", class: "row-actions",
    cell: (prediction) => h("div", { class: "row-gap" },
      prediction.state === "succeeded" && linkButton("Download", `${API}/predictions/${prediction.id}/content?spreadsheet=true`, { kind: "plain", class: "btn-small", icon: "download", download: true }),
      isOver(prediction.state) && button("Delete", { kind: "quiet", icon: "trash", only: true, run: () => remove(prediction) })),
  },
];
