// How an endpoint is watched: windows, from when on something is alarming, and who is told.

import { button } from "../../components/button.js";
import { openDialog } from "../../components/dialog.js";
import { field, form } from "../../components/field.js";
import { toast } from "../../components/toast.js";
import { h } from "../../dom.js";
import { inPercent, ofPercent } from "../../format.js";
import { getAll, put } from "../../server/http.js";
import { METRICS } from "../../vocabulary.js";
import { isMail, listenersField } from "../account/listeners.js";

const NEVER = "";
const SILENCE = [[NEVER, "never"], ["1h", "an hour"], ["6h", "6 hours"], ["1d", "a day"], ["1w", "a week"]];

/** @param options.monitor  as GET has it, with its `tag` */
export async function openMonitorSettings({ open, monitor, signal, onDone }) {
  const listeners = listenersField("Who is told of each beginning and each end", await getAll("/webhooks", { signal }), [...monitor.notify, ...monitor.email], "Those that want monitor.alarm are told whatever is chosen here.");
  const fields = { ...fieldsOf(monitor), notify: listeners, email: listeners };
  openDialog("How it is watched", (close) => form(fields, async () => {
    try {
      await put(`${open.path}/monitor`, bodyOf(monitor, fields), { signal, headers: { "If-Match": monitor.tag } });
    } catch (error) {
      if (error.status !== 412) throw error;
      close();
      await onDone();
      return toast("It was changed meanwhile: open the settings again.", { kind: "bad" });
    }
    close();
    toast("Saved. It holds from the next window on.", { kind: "good" });
    return onDone();
  },
  fields.enabled.element,
  group("Windows", row(fields.window, fields.every), row(fields.min_rows, fields.timezone)),
  group("Drift of the inputs is alarming", row(fields["drift.share"], fields["drift.for"]), fields["drift.weighted"].element, row(fields["drift.effect.number"], fields["drift.effect.category"], fields["drift.effect.text"], fields["drift.adjusted_p"])),
  group("Performance is alarming", row(fields["performance.metric"], fields["performance.drop"]), row(fields["performance.z"], fields["performance.for"])),
  group("Data quality is alarming, where a column has", row(fields["quality.missing"], fields["quality.unseen"]), row(fields["quality.out_of_range"], fields["quality.for"])),
  group("Traffic is alarming", row(fields["traffic.silent_for"], fields["traffic.errors"])),
  h("div", { class: "settings-group" }, fields.notify.element),
  h("div", { class: "form-actions" }, button("Cancel", { run: () => close() }), button("Save", { kind: "primary", type: "submit" }))), { wide: true });
}

const group = (title, ...parts) => h("fieldset", { class: "settings-group" }, h("legend", {}, title), parts);

const row = (...fields) => h("div", { class: "field-row" }, fields.map(({ element }) => element));

function fieldsOf({ enabled, window, every, min_rows: minRows, timezone, drift, performance, quality, traffic }) {
  const inARow = (value) => field("In how many windows in a row", { type: "number", min: 1, max: 30, value: String(value) });
  const beyond = (label, share) => field(label, { type: "number", min: 0, max: 100, step: "any", value: inPercent(share) });
  const silence = SILENCE.some(([key]) => key === (traffic.silent_for ?? NEVER)) ? SILENCE : [...SILENCE, [traffic.silent_for, traffic.silent_for]];
  return {
    enabled: field("Watch this endpoint", { type: "checkbox", checked: enabled }),
    window: field("Length", { value: window, hint: "Such as 15m, 6h, 1d, 1w." }),
    every: field("One ends every", { value: every, hint: "Divides the length." }),
    min_rows: field("Fewest requests", { type: "number", min: 30, max: 1_000_000, value: String(minRows), hint: "With fewer a window says nothing." }),
    timezone: field("Time zone", { value: timezone, hint: "By whose clock days begin." }),
    "drift.share": field("From this share of the columns on, in percent", { type: "number", min: 0, max: 100, step: "any", value: inPercent(drift.share) }),
    "drift.weighted": field("Columns count by their importance", { type: "checkbox", checked: drift.weighted }),
    "drift.effect.number": field("Effect that is large, of numbers and dates", { type: "number", min: 0, max: 10, step: "any", value: String(drift.effect.number), hint: "In standard deviations." }),
    "drift.effect.category": field("Of categories", { type: "number", min: 0, max: 10, step: "any", value: String(drift.effect.category), hint: "Jensen-Shannon distance, 0 to 0.83." }),
    "drift.effect.text": field("Of texts", { type: "number", min: 0, max: 10, step: "any", value: String(drift.effect.text), hint: "2 AUC - 1 of a classifier of words." }),
    "drift.adjusted_p": field("And not by chance: adjusted p below", { type: "number", min: 0, max: 0.5, step: "any", value: String(drift.adjusted_p), hint: "Of all columns together." }),
    "drift.for": inARow(drift.for),
    "performance.metric": field("Metric", { type: "select", choices: [["auto", "the model's own"], ...Object.entries(METRICS).map(([key, { name }]) => [key, name])], value: performance.metric }),
    "performance.drop": field("When it is worse by more than", { type: "number", min: 0, max: 10, step: "any", value: String(performance.drop), hint: "Of scores up to 1; of errors, as a share. Less than 0.03 is hard to tell without labels." }),
    "performance.z": field("And by more than so many standard errors", { type: "number", min: 0, max: 20, step: "any", value: String(performance.z), hint: "Of what is estimated without labels." }),
    "performance.for": inARow(performance.for),
    "quality.missing": beyond("More cells missing than in training, in percent", quality.missing),
    "quality.unseen": beyond("Labels that training did not have, in percent", quality.unseen),
    "quality.out_of_range": beyond("Values beyond those of training, in percent", quality.out_of_range),
    "quality.for": inARow(quality.for),
    "traffic.silent_for": field("No request for", { type: "select", choices: silence, value: traffic.silent_for ?? NEVER }),
    "traffic.errors": field("Requests that fail, in percent", { type: "number", min: 0, max: 100, step: "any", value: inPercent(traffic.errors), hint: "Empty: never." }),
  };
}

/** The settings as they are, with those of the form in their places. */
function bodyOf(monitor, fields) {
  const { state, tag, ...settings } = monitor;
  const text = (name) => fields[name].value().trim();
  const number = (name) => (text(name) === "" ? null : Number(text(name)));
  const share = (name) => ofPercent(text(name));
  return {
    ...settings,
    enabled: fields.enabled.value(),
    window: text("window"),
    every: text("every"),
    min_rows: number("min_rows"),
    timezone: text("timezone"),
    drift: { ...settings.drift, share: share("drift.share"), weighted: fields["drift.weighted"].value(), effect: { number: number("drift.effect.number"), category: number("drift.effect.category"), text: number("drift.effect.text") }, adjusted_p: number("drift.adjusted_p"), for: number("drift.for") },
    performance: { ...settings.performance, metric: fields["performance.metric"].value(), drop: number("performance.drop"), z: number("performance.z"), for: number("performance.for") },
    quality: { missing: share("quality.missing"), unseen: share("quality.unseen"), out_of_range: share("quality.out_of_range"), for: number("quality.for") },
    traffic: { ...settings.traffic, silent_for: text("traffic.silent_for") || null, errors: share("traffic.errors") },
    notify: fields.notify.value().filter((name) => !isMail(name)),
    email: fields.notify.value().filter(isMail),
  };
}
