// Events of a pipeline: the address that they come to, shown once and renewed, and what has come.

import { button } from "../../components/button.js";
import { confirm, openDialog } from "../../components/dialog.js";
import { field } from "../../components/field.js";
import { notice } from "../../components/notice.js";
import { facts, panel } from "../../components/page.js";
import { table } from "../../components/table.js";
import { fill, h } from "../../dom.js";
import { copyable } from "../../code/copy.js";
import { shellJson } from "../../code/example-row.js";
import { ago, dateTime, integer, plural } from "../../format.js";
import { pathOf } from "../../pipeline-words.js";
import { del, get, post } from "../../server/http.js";

const MOST_CELLS = 5;

/** @param page  {signal, change: (body) has the pipeline changed} */
export async function eventsTab(pipeline, { signal, change }) {
  const path = pathOf(pipeline.id);
  const starts = pipeline.when.some(({ event }) => event);
  const place = h("div", { class: "stack" });
  const come = await get(`${path}/events`, { signal });
  draw(come.hook);
  return h("div", { class: "stack" },
    !starts && notice("info", "Events bring rows, and start no run.", "Rows that come are kept, and are in the data of the next run.", { actions: button("Start on events, too", { run: () => change({ when: [...pipeline.when.map(({ words, ...entry }) => entry), { event: {} }] }) }) }),
    place,
    panel("What has come", {}, facts([
      ["In data of runs", countWords(come.kept)],
      ["Waiting for a run", countWords(come.waiting)],
    ]), come.newest.length > 0 && table(columns, come.newest, { label: "Newest events", keyOf: ({ id }) => id }).element));

  function draw(hook) {
    fill(place, panel("Address for events", { note: "Whoever knows it tells the pipeline that something has happened, and may send rows.", aside: hook && button("Delete the address", { kind: "quiet", icon: "trash", only: true, run: remove }) },
      hook ? [facts([["Made", dateTime(hook.created_at)], ["Signed", hook.signed ? "as Standard Webhooks say" : "no"], ["By message", hook.routing_key]]), hook.confirmation && confirmation(hook.confirmation)] : h("p", { class: "muted" }, "There is none yet."),
      h("div", { class: "form-actions start" }, button(hook ? "Renew the address" : "Make the address", { icon: hook ? "retry" : "plus", run: () => make(Boolean(hook)) }))));
  }

  async function make(isNew) {
    const signed = field("Take signed requests only", { type: "checkbox", hint: "Signed as Standard Webhooks say, with a secret that is shown with the address." });
    let made = null;
    await openDialog(isNew ? "Renew the address?" : "Address for events", [isNew && h("p", {}, "The address of before stops working at once."), signed.element], { actions: [{ label: isNew ? "Renew" : "Make it", run: async () => {
      made = await post(`${path}/hook`, { signed: signed.value() });
    } }] }).closed;
    if (!made) return;
    draw(made);
    const example = `curl -X POST ${made.url} \\\n  -H 'Content-Type: application/json' \\\n  -d ${shellJson({ rows: [await exampleRow(pipeline, signal)] })}`;
    openDialog("Address for events", [
      h("p", {}, "Copy it now: it is not shown again. Whoever knows it may send events."),
      copyable(made.url, "the address"),
      made.secret && [h("p", { class: "field-label spaced" }, "Secret of the signatures"), copyable(made.secret, "the secret")],
      h("p", { class: "field-label spaced" }, made.signed ? "A row by curl (without its signature)" : "A row by curl"), copyable(example, "the example"),
    ], { actions: [{ label: "Done" }], cancel: null, wide: true });
  }

  async function remove() {
    if (await confirm("Delete the address?", "No event reaches the pipeline any more. What has come stays.", { run: () => del(`${path}/hook`) })) draw(null);
  }
}

const countWords = ({ events, rows }) => `${plural(events, "event")}, ${plural(rows, "row")}`;

const confirmation = ({ topic, url }) => notice("warn", "A sender wants to be confirmed", h("div", {}, h("p", {}, `Open this address yourself, if you have asked for a subscription of ${topic}.`), url && copyable(url, "the address of the confirmation")));

const columns = [
  { label: "Event", cell: ({ name }) => h("span", { class: "clipped", title: name }, name) },
  { label: "Came", cell: ({ at }) => h("time", { datetime: at, title: dateTime(at) }, ago(at)) },
  { label: "From", class: "desk-only", cell: ({ source }) => source },
  { label: "Rows", number: true, cell: ({ rows }) => integer(rows) },
];

/** A row of the pipeline's data, as far as it fits into an example, with its target. */
async function exampleRow({ data, job }, signal) {
  try {
    const id = data.dataset_id ?? (await get(`/sources/${encodeURIComponent(data.source_id)}`, { signal })).dataset_id;
    const { columns: names, rows } = await get(`/datasets/${encodeURIComponent(id)}/preview?rows=1`, { signal });
    const shown = [...names.filter((name) => name !== job.target).slice(0, MOST_CELLS), job.target];
    return Object.fromEntries(shown.map((name) => [name, cellOf(rows[0][names.indexOf(name)])]));
  } catch (error) {
    if (error.name === "AbortError") throw error;
    return { [job.target]: "…" }; // there are no data yet
  }
}

const cellOf = (text) => (text && String(Number(text)) === text ? Number(text) : (text ?? null));
