// Settings that only few people change: group and time columns, families, name, seed, speed of predictions.

import { h } from "../../dom.js";
import { field } from "../../components/field.js";
import { CHOOSABLE_FAMILIES, DEFAULT_MAX_PREDICT_MS } from "../../vocabulary.js";
import { familyName } from "../../words.js";

/** A foldable panel; changes the plan, and calls changed() whenever it does. */
export function moreSettings(plan, { columns }, changed) {
  const others = columns.filter(({ name }) => name !== plan.target).map(({ name }) => name);
  const none = (text) => [["", text], ...others];
  const bind = (made, set) => (made.input.addEventListener("change", () => (set(made.value()), changed())), made.element);
  const families = CHOOSABLE_FAMILIES.map((family) => {
    const made = field(familyName(family), { type: "checkbox", checked: !plan.models || plan.models.has(family) });
    made.input.addEventListener("change", () => {
      const chosen = new Set(plan.models || CHOOSABLE_FAMILIES);
      made.value() ? chosen.add(family) : chosen.delete(family);
      if (!chosen.size) {
        made.input.checked = true; // one at least
        return;
      }
      plan.models = chosen.size === CHOOSABLE_FAMILIES.length ? null : chosen;
    });
    return made.element;
  });
  const open = plan.group || plan.time || plan.models || plan.name || plan.maxPredictMs !== DEFAULT_MAX_PREDICT_MS;
  return h(
    "details",
    { class: "panel fold", open: Boolean(open) },
    h("summary", {}, h("h2", {}, "Advanced settings"), h("span", { class: "fine" }, "Optional")),
    h("div", { class: "field-row" },
      bind(field("Group column", { type: "select", value: plan.group ?? "", choices: none("None"), hint: "Rows with the same value are never split between training and validation, such as the rows of one patient." }), (value) => (plan.group = value || null)),
      bind(field("Time column", { type: "select", value: plan.time ?? "", choices: none("None"), hint: "Models are validated on later rows than those they were trained on." }), (value) => (plan.time = value || null))),
    h("div", { class: "field-row" },
      bind(field("Training name", { value: plan.name, maxlength: 200, placeholder: plan.target }), (value) => (plan.name = value)),
      bind(field("Max. prediction time per row (ms)", { type: "number", min: 0, step: "any", value: plan.maxPredictMs ?? "", placeholder: "No limit", hint: "Of all models of the ensemble together; slower ones are left out. Empty or 0: no limit." }), (value) => (plan.maxPredictMs = Number(value) || null)),
      bind(field("Random seed", { type: "number", min: 0, step: 1, value: plan.seed, hint: "For reproducible choices." }), (value) => (plan.seed = Math.max(0, Math.trunc(Number(value)) || 0)))),
    h("fieldset", {}, h("legend", { class: "field-label" }, "Model families"), h("div", { class: "tick-grid" }, families)),
  );
}
