// Which requests of an endpoint are kept, and for how long.

import { button } from "../../components/button.js";
import { openDialog } from "../../components/dialog.js";
import { field, form } from "../../components/field.js";
import { toast } from "../../components/toast.js";
import { h } from "../../dom.js";
import { inPercent, ofPercent } from "../../format.js";

const ALL = "all";
const SOME = "some";
const NONE = "none";

export function openLogSettings(open) {
  const { sample, days, columns, durable } = open.endpoint.log;
  const names = columnNames(open);
  const keep = field("Keep requests", { type: "checkbox", checked: sample > 0, hint: "Without them nothing is watched, and no dataset can be made of them." });
  const forDays = field("For how many days", { type: "number", min: 1, max: 3650, value: String(days) });
  const share = field("Share of them, in percent", { type: "number", min: 0.01, max: 100, step: "any", value: inPercent(sample || 1) });
  const which = field("Inputs that are kept", { type: "select", choices: [[ALL, "All that a version reads"], [SOME, "Only these"], [NONE, "None: predictions alone"]], value: columns === null ? ALL : columns.length ? SOME : NONE });
  const boxes = names.map((name) => ({ name, ...field(name, { type: "checkbox", checked: columns === null || columns.includes(name) }) }));
  const some = h("div", { class: "key-endpoints", role: "group", "aria-label": "Which ones" }, boxes.map(({ element }) => element));
  const sure = field("Answer only once a request is kept", { type: "checkbox", checked: durable, hint: "Answers take some 60 ms longer, and nothing is lost if a process dies." });
  const rest = h("div", {}, h("div", { class: "field-row" }, forDays.element, share.element), which.element, some, sure.element);
  const draw = () => {
    rest.hidden = !keep.value();
    some.hidden = which.value() !== SOME;
  };
  for (const { input } of [keep, which]) input.addEventListener("change", draw);
  draw();
  const chosen = () => (which.value() === ALL ? null : which.value() === NONE ? [] : boxes.filter((box) => box.value()).map(({ name }) => name));
  openDialog("What is kept of requests", (close) => form({ "log.sample": share, "log.days": forDays, "log.columns": which, "log.durable": sure }, async () => {
    const log = keep.value() ? { sample: ofPercent(share.value()), days: Number(forDays.value()), columns: chosen(), durable: sure.value() } : { sample: 0 };
    const done = await open.change("PATCH", "", { log });
    close();
    if (done) toast(open.endpoint.kept.on ? "Saved. It holds for the requests to come." : "Requests to come are not kept.", { kind: "good" });
  },
  keep.element, rest,
  h("div", { class: "form-actions" }, button("Cancel", { run: () => close() }), button("Save", { kind: "primary", type: "submit" }))));
}

/** Inputs that any version reads, and those that are chosen already. */
const columnNames = ({ versions, endpoint }) => [...new Set([...versions.flatMap(({ signature }) => signature.features.map(({ name }) => name)), ...(endpoint.log.columns ?? [])])];
