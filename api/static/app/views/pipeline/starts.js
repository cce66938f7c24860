// What starts a pipeline, within a form: a schedule; and events, alarms, new labels.

import { field } from "../../components/field.js";
import { h } from "../../dom.js";
import { scheduleField } from "../../schedule/schedule-field.js";

const ALARM = { alarm: ["performance", "drift"], at_most: "1d" };

/** {fields: by their names in the body, main, others: elements; value(): `when`} */
export function startFields(when) {
  const [first, ...further] = when.filter(({ cron }) => cron);
  const known = (kind) => when.find((entry) => entry[kind] !== undefined);
  const schedule = scheduleField("Runs by itself", { value: first ?? null, never: "Never: only as chosen below, or by hand" });
  const event = field("When an event comes", { type: "checkbox", checked: Boolean(known("event")), hint: "Over HTTP, from a bucket, or by message: the tab “Events” has its address." });
  const alarm = field("When its endpoint's monitor raises an alarm about performance or drift, at most once a day", { type: "checkbox", checked: Boolean(known("alarm")) });
  const labels = field("After so many new labels (optional)", { type: "number", min: 1, value: String(known("every_labels")?.every_labels ?? ""), hint: "Requests of its endpoint whose truth became known." });
  return {
    fields: { "when.0.cron": schedule.cron, "when.0.timezone": schedule.timezone, cron: schedule.cron, timezone: schedule.timezone },
    main: schedule.element,
    others: h("fieldset", {}, h("legend", { class: "visually-hidden" }, "What else starts it"), event.element, alarm.element, labels.element),
    value() {
      const at = schedule.value();
      return [
        at && { ...at, ...(first?.missed && { missed: first.missed }) },
        ...further.map(({ words, ...entry }) => entry),
        event.value() && (known("event") ?? { event: {} }),
        alarm.value() && (known("alarm") ?? ALARM),
        labels.value() && { ...known("every_labels"), every_labels: Number(labels.value()) },
      ].filter(Boolean);
    },
  };
}
