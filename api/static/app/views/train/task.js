// Which task it is and which metric judges it, with the reason; and the way to change them.

import { fill, h } from "../../dom.js";
import { metricName, taskName } from "../../format.js";
import { button } from "../../components/button.js";
import { field } from "../../components/field.js";
import { METRICS, METRICS_OF } from "../../vocabulary.js";
import { decided } from "./plan.js";

/** What kind of prediction it is and how it is judged, in a sentence, and the way to change it. */
export function taskAndMetric(plan, check, changed) {
  const element = h("div", { class: "task-words" });
  fill(element, sentence());
  return element;

  function sentence() {
    const { task, metric } = decided(plan, check);
    return h("p", {}, h("strong", {}, taskName(task)), ", optimized for ", h("strong", {}, metricName(metric)), `: ${METRICS[metric].description}. `,
      plan.task === "auto" && h("span", { class: "muted" }, `Detected because ${check.why.replace(/\.$/, "")}. `),
      task === "binary" && positiveWords(plan, check) && [`Positive class: ${positiveWords(plan, check)}. `],
      button("Change", { kind: "link", run: () => open("task") }));
  }

  function open(focusOn) {
    const { task, metric } = decided(plan, check);
    const tasks = field("Type", { type: "select", value: task, choices: Object.keys(METRICS_OF).map((each) => [each, taskName(each)]) });
    const metrics = field("Metric", { type: "select", value: metric, choices: METRICS_OF[task].map((each) => [each, metricName(each)]), hint: METRICS[metric].description });
    const labels = (check.classes ?? []).map(({ label }) => label);
    const automatic = check.positive_class ? `Automatic: ${check.positive_class}` : "Automatic";
    const positive = task === "binary" && labels.length === 2 && field("Positive class", { type: "select", value: plan.positive ?? "", choices: [["", automatic], ...labels], hint: "The class that precision, recall and F1 are about." });
    tasks.input.addEventListener("change", () => {
      plan.task = tasks.value() === check.task ? "auto" : tasks.value();
      plan.metric = "auto";
      plan.positive = null;
      changed();
      open("task");
    });
    metrics.input.addEventListener("change", () => {
      plan.metric = metrics.value();
      changed();
      open("metric");
    });
    if (positive)
      positive.input.addEventListener("change", () => {
        plan.positive = positive.value() || null;
        changed();
      });
    fill(element, h("div", { class: "field-row" }, tasks.element, metrics.element, positive && positive.element));
    (focusOn === "task" ? tasks : metrics).input.focus();
  }
}

/** "active (affirmative word)": the class that binary metrics count, and why it is this one. */
export function positiveWords(plan, check) {
  if (plan.positive) return `${plan.positive} (as requested)`;
  return check.positive_class ? `${check.positive_class} (${check.positive_class_rule})` : "";
}
