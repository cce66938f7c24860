// What a form asks of every source: when it is fetched, how it is read, how fetches go together.

import { field } from "../../components/field.js";
import { h } from "../../dom.js";
import { roundDuration } from "../../format.js";
import { scheduleField } from "../../schedule/schedule-field.js";

const FORMATS = [["auto", "As the file itself shows"], ["csv", "CSV"], ["jsonl", "JSON lines"], ["parquet", "Parquet"], ["xlsx", "Excel workbook"]];
const AGES = [["0", "Each time"], ["3600", "After an hour"], ["21600", "After 6 hours"], ["86400", "After a day"], ["604800", "After a week"]];

/** {fields: by their names in the body, parts, value(kind)} */
export function keepingFields({ format = "auto", sheet, mode, key = [], keep = 10, max_age_s: age = 0, refresh = null }) {
  const ages = AGES.some(([seconds]) => Number(seconds) === age) ? AGES : [...AGES, [String(age), `After ${roundDuration(age)}`]];
  const schedule = scheduleField("Fetched by itself", { value: refresh, never: "Only when it is needed" });
  const fields = {
    max_age_s: field("A training has it fetched first", { type: "select", choices: ages, value: String(age), hint: "Data that are newer are used as they are." }),
    mode: field("A fetch brings", { type: "select", choices: [["replace", "All rows"], ["append", "Further rows"]], value: mode ?? "replace", hint: "Further rows are put below those that are there." }),
    key: field("Columns that name a row (optional)", { value: key.join(", "), placeholder: "patient, day", autocomplete: "off", spellcheck: "false", hint: "Separated by commas. Of rows with the same cells there the last one counts." }),
    format: field("Format", { type: "select", choices: FORMATS, value: format }),
    sheet: field("Sheet (optional)", { value: sheet ?? "", maxlength: 200, hint: "Of a workbook; else the first that is not empty." }),
    keep: field("Fetches whose datasets are kept", { type: "number", min: 1, max: 1000, value: String(keep), hint: "Older ones are deleted, but those in use." }),
  };
  const row = (...names) => h("div", { class: "field-row" }, names.map((name) => fields[name].element));
  return {
    fields: { ...fields, refresh: schedule.cron, "refresh.cron": schedule.cron, "refresh.timezone": schedule.timezone, cron: schedule.cron, timezone: schedule.timezone },
    parts: [schedule.element, h("details", { class: "more-fields" }, h("summary", {}, "How it is read and kept"), row("max_age_s", "mode"), fields.key.element, row("format", "sheet"), fields.keep.element)],
    /** What makes no sense for a kind is left out. */
    value(kind, { cursor } = {}) {
      return {
        refresh: schedule.value(),
        max_age_s: Number(fields.max_age_s.value()),
        key: fields.key.value().split(",").map((name) => name.trim()).filter(Boolean),
        keep: Number(fields.keep.value()),
        ...(kind !== "endpoint" && { mode: cursor ? "append" : fields.mode.value() }),
        ...((kind === "http" || kind === "bucket") && { format: fields.format.value(), sheet: fields.sheet.value().trim() || null }),
      };
    },
    showFor(kind) {
      for (const name of ["format", "sheet"]) fields[name].element.hidden = kind === "sql" || kind === "endpoint";
      fields.mode.element.hidden = kind === "endpoint";
    },
  };
}
