// A schedule as part of a form: how often, at what time, by whose clocks; below it in words, with the next times.

import { field } from "../components/field.js";
import { fill, h, uniqueId } from "../dom.js";
import { post } from "../server/http.js";
import { CHOICES, CUSTOM, DAYS, NEVER, choiceOf, cronOf } from "./choice.js";
import { browserZone, scheduleWords, zonedTime } from "./words.js";

const PAUSE_MS = 250;
const SHOWN = 3;
const DATES = Array.from({ length: 28 }, (_, index) => [String(index + 1), String(index + 1)]);

/**
 * @param label
 * @param options.value   {cron, timezone} or null
 * @param options.never   what not to have a schedule is called
 * @returns {element, cron and timezone: the fields that problems belong to, value(): {cron, timezone} or null}
 */
export function scheduleField(label, { value = null, never }) {
  const chosen = choiceOf(value?.cron);
  const often = field(label, { type: "select", choices: [[NEVER, never], ...CHOICES], value: chosen.often });
  const day = field("On", { type: "select", choices: DAYS, value: chosen.day });
  const date = field("On day of the month", { type: "select", choices: DATES, value: chosen.date });
  const time = field("At", { type: "time", value: chosen.time, required: true });
  const cron = field("Cron expression", { value: chosen.cron, maxlength: 200, autocomplete: "off", spellcheck: "false", hint: "Minute, hour, day of the month, month, day of the week: 0 3 * * MON-FRI." });
  const zones = h("datalist", { id: uniqueId("zones") }, (Intl.supportedValuesOf?.("timeZone") ?? []).map((zone) => h("option", { value: zone })));
  const timezone = field("Time zone", { value: value?.timezone ?? browserZone(), list: zones.id, maxlength: 60, autocomplete: "off", spellcheck: "false", hint: "By whose clocks." });
  const words = h("div", { class: "schedule-words", role: "status" });
  const said = () => {
    const expression = cronOf({ often: often.value(), time: time.value() || "00:00", day: day.value(), date: date.value(), cron: cron.value() });
    return expression === null ? null : { cron: expression, timezone: timezone.value().trim() || "UTC" };
  };
  let timer = null;
  const changed = () => {
    const how = often.value();
    day.element.hidden = how !== "weekly";
    date.element.hidden = how !== "monthly";
    time.element.hidden = !["daily", "weekly", "monthly"].includes(how);
    cron.element.hidden = how !== CUSTOM;
    timezone.element.hidden = how === NEVER;
    words.hidden = how === NEVER;
    clearTimeout(timer);
    timer = setTimeout(preview, PAUSE_MS);
  };
  for (const { input } of [often, day, date, time, cron, timezone]) input.addEventListener("input", changed);
  changed();
  return { element: h("div", {}, h("div", { class: "field-row" }, often.element, day.element, date.element, time.element, cron.element, timezone.element), zones, words), cron, timezone, value: said };

  async function preview() {
    const asked = said();
    if (asked === null) return;
    const answer = await post("/pipelines/preview", asked).catch((error) => error);
    if (JSON.stringify(asked) !== JSON.stringify(said())) return; // changed meanwhile
    const isBad = answer instanceof Error;
    const inZone = isBad ? answer.of?.("timezone") : null;
    timezone.setError(inZone);
    cron.setError(isBad && !inZone ? (answer.of?.("cron") ?? answer.message) : null);
    fill(words, !isBad && [h("strong", {}, scheduleWords(answer.words, answer.timezone)), h("span", { class: "fine" }, `Next: ${answer.times.slice(0, SHOWN).map((at) => zonedTime(at, answer.timezone)).join("; ")}`)]);
  }
}
