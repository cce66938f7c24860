// What the checks found, gravest first, each with what mends it at a click.

import { fill, h } from "../../dom.js";
import { metricName, plural } from "../../format.js";
import { button } from "../../components/button.js";
import { notice } from "../../components/notice.js";
import { panel } from "../../components/page.js";

const LEAVE_OUT = ["LEAKAGE", "TARGET_IN_ANOTHER_FORM", "TARGET_FROM_COLUMNS", "ID_CARRIES_SIGNAL", "NEAR_CONSTANT", "UNREAD_CELLS"];
const GROUP = ["GROUP_SUSPECTED", "PANEL_DATA"];
const TIME = ["IN_ORDER_OF_TIME"];
const DATE_WANTED = ["DRIFT_BY_ROW_ORDER", "FEATURES_DRIFT", "PANEL_DATA"];
const METRIC = { IMBALANCED: { binary: "average_precision", multiclass: "balanced_accuracy" }, RARE_CLASSES: { binary: "average_precision", multiclass: "balanced_accuracy" } };
const KIND = { error: "bad", warning: "warn", info: "info" };

/**
 * @param check    {task, metric, why, findings}
 * @param plan     changed by the fixes
 * @param changed  () after a fix
 * @param another  () to choose another target
 */
export function findingList({ task, findings }, plan, dataset, changed, another) {
  const place = h("div", {});
  if (!findings.length) return panel("Checks", {}, notice("good", "No problems found", "No sign of leakage, and no unusual rows."));
  draw();
  return place;

  function draw(focusOn) {
    const leaking = findings.filter(({ reason, column, severity }) => severity === "warning" && column && LEAVE_OUT.includes(reason) && !plan.exclude.has(column));
    fill(place, panel(
      "Checks",
      {
        note: summary(findings),
        aside: leaking.length > 1 && button(`Exclude all ${leaking.length}`, { run: () => mend(() => leaking.forEach(({ column }) => plan.exclude.add(column))) }),
      },
      findings.map(one),
    ));
    if (focusOn) [...place.querySelectorAll("button")].find((each) => each.dataset.key === focusOn)?.focus();
  }

  /** Do it, and show it here and elsewhere; the focus stays on the button that did it. */
  function mend(run, key) {
    run();
    changed();
    draw(key);
  }

  function one(finding) {
    const { severity, column, reason, detail, fix } = finding;
    const actions = fixes(finding);
    const done = actions.some((action) => action.dataset.done);
    return notice(done ? "good" : KIND[severity], column && column !== plan.target ? column : null, h("div", {}, h("p", {}, detail), h("p", { class: "fine" }, fix)), { actions, role: "note" });
  }

  function fixes({ severity, column, reason }) {
    const made = [];
    if (severity === "error") made.push(button("Choose another target", { run: another }));
    if (column && column !== plan.target) {
      // What is the group column is no feature, so that there is nothing to leave out.
      if (LEAVE_OUT.includes(reason) || (reason === "GROUP_SUSPECTED" && plan.group !== column)) made.push(toggle(`out ${column}`, plan.exclude.has(column), "Exclude", "Excluded", () => flip(plan.exclude, column)));
      if (GROUP.includes(reason)) made.push(toggle(`group ${column}`, plan.group === column, "Use as group column", "Used as group column", () => (plan.group = plan.group === column ? null : column)));
      if (TIME.includes(reason)) made.push(toggle(`time ${column}`, plan.time === column, "Use as time column", "Used as time column", () => (plan.time = plan.time === column ? null : column)));
    }
    if (DATE_WANTED.includes(reason))
      for (const { name } of dataset.columns.filter(({ name, type }) => type === "date" && name !== plan.target).slice(0, 3))
        made.push(toggle(`time ${name}`, plan.time === name, `Use ${name} as time column`, `${name} is the time column`, () => (plan.time = plan.time === name ? null : name)));
    const metric = METRIC[reason]?.[task];
    if (metric) made.push(toggle(`metric ${reason}`, plan.metric === metric, `Optimize ${metricName(metric)}`, `Optimizing ${metricName(metric)}`, () => (plan.metric = plan.metric === metric ? "auto" : metric)));
    return made;
  }

  /** A button that is pressed or not. */
  function toggle(key, on, label, labelOn, run) {
    const dataset = on ? { key, done: "true" } : { key };
    return button(on ? labelOn : label, { icon: on ? "check" : null, "aria-pressed": String(on), dataset, run: () => mend(run, key) });
  }
}

function flip(set, value) {
  if (!set.delete(value)) set.add(value);
}

function summary(findings) {
  const count = (wanted) => findings.filter(({ severity }) => severity === wanted).length;
  const [errors, warnings, infos] = ["error", "warning", "info"].map(count);
  if (errors) return "Training cannot start with this target.";
  return [warnings && plural(warnings, "warning"), infos && plural(infos, "note")].filter(Boolean).join(", ");
}
