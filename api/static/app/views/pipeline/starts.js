// What starts a pipeline, within a form: a schedule; and events, alarms, new labels.

import { checks } from "../../components/checks.js";
import { field } from "../../components/field.js";
import { h } from "../../dom.js";
import { ALARM_KINDS } from "../../endpoint-words.js";
import { scheduleField } from "../../schedule/schedule-field.js";

const ALARM = { alarm: ["performance", "drift"], at_most: "1d" };
const MOST = 20; // entries of `when`

/** {fields: by their names in the body, main, others: elements; value(): `when`} */
export function startFields(when) {
  const [first, ...further] = when.filter(({ cron }) => cron);
  const known = (kind) => when.find((entry) => entry[kind] !== undefined);
  const schedule = scheduleField("Runs by itself", { value: first ?? null, never: "Not by a schedule" });
  const event = field("When an event comes", { type: "checkbox", checked: Boolean(known("event")), hint: "Over HTTP, from a bucket, or by message: the tab “Events” has its address." });
  const rows = field("With so many new rows (optional)", { type: "number", min: 1, step: 1, value: String(known("event")?.event.min_new_rows ?? ""), hint: "Empty: any event does." });
  const alarm = field("When its endpoint's monitor raises an alarm", { type: "checkbox", checked: Boolean(known("alarm")) });
  const { alarm: kinds, at_most: most } = known("alarm") ?? ALARM;
  const reasons = checks("Of these kinds", ALARM_KINDS, kinds);
  const atMost = field("At most once in", { value: most ?? "", maxlength: 20, placeholder: "1d", hint: "Such as 6h, 1d, 1w, so that an alarm that lasts does not train all night. Empty: at each." });
  const labels = field("After so many new labels (optional)", { type: "number", min: 1, step: 1, value: String(known("every_labels")?.every_labels ?? ""), hint: "Requests of its endpoint whose truth became known." });
  const watched = h("div", { class: "inset" }, reasons.element, atMost.element);
  const brought = h("div", { class: "inset" }, rows.element);
  const draw = () => {
    brought.hidden = !event.value();
    watched.hidden = !alarm.value();
  };
  for (const { input } of [event, alarm]) input.addEventListener("input", draw);
  draw();
  const parts = { cron: schedule.cron, timezone: schedule.timezone, event: rows, alarm: reasons, at_most: atMost, every_labels: labels };
  const places = Array.from({ length: MOST }, (_, place) => Object.entries(parts).map(([name, each]) => [`when.${place}.${name}`, each]));
  return {
    fields: { ...Object.fromEntries(places.flat()), cron: schedule.cron, timezone: schedule.timezone },
    main: schedule.element,
    others: h("fieldset", {}, h("legend", { class: "visually-hidden" }, "What else starts it"), event.element, brought, alarm.element, watched, labels.element),
    value() {
      const at = schedule.value();
      return [
        at && { ...at, ...(first?.missed && { missed: first.missed }) },
        ...further.map(({ words, ...entry }) => entry),
        event.value() && eventEntry(),
        alarm.value() && { alarm: reasons.value(), ...(atMost.value().trim() && { at_most: atMost.value().trim() }) },
        labels.value() && { ...known("every_labels"), every_labels: Number(labels.value()) },
      ].filter(Boolean);
    },
  };

  function eventEntry() {
    const { event: said, ...rest } = known("event") ?? { event: {} };
    const { min_new_rows: _before, ...kept } = said;
    return { ...rest, event: { ...kept, ...(rows.value() && { min_new_rows: Number(rows.value()) }) } };
  }
}
