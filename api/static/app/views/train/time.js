// The time budget: three named choices, or any other.

import { fill, h, uniqueId } from "../../dom.js";
import { roundDuration } from "../../format.js";
import { field } from "../../components/field.js";
import { DEFAULT_TIME_BUDGET_S } from "../../vocabulary.js";

const CHOICES = [
  ["Quick", "A first estimate"],
  ["Standard", "Enough for most datasets"],
  ["Thorough", "For the best quality"],
];
/** Minutes of the first and the last, by the number of cells; the second is the default, of commands and API too. */
const MINUTES = [[200_000, [1, 20]], [5_000_000, [2, 40]], [Infinity, [2, 120]]];

/** Sets plan.budgetS, and calls changed() whenever it does. */
export function timeChoice(plan, { rows, columns }, { time_budget_s: most }, changed) {
  const cells = (rows || 10_000) * columns.length;
  const [quick, thorough] = MINUTES.find(([upTo]) => cells <= upTo)[1];
  const seconds = [quick * 60, DEFAULT_TIME_BUDGET_S, thorough * 60].map((each) => Math.min(each, most));
  if (plan.budgetS === null) plan.budgetS = seconds[1];
  const group = uniqueId("time");
  const element = h("div", {});
  let chosen = plan.budgetS === seconds[1] ? 1 : seconds.indexOf(plan.budgetS); // -1: other
  draw();
  return element;

  function draw() {
    const value = field("Minutes", { type: "number", min: 0.1, max: most / 60, step: "any", value: Number((plan.budgetS / 60).toPrecision(4)), hint: `At most ${roundDuration(most)}.` });
    value.input.addEventListener("input", () => {
      const wanted = Number(value.value()) * 60;
      const wrong = !(wanted >= 1 && wanted <= most);
      value.setError(wrong ? `Between 1 second and ${roundDuration(most)}.` : null);
      if (wrong) return;
      plan.budgetS = Math.round(wanted);
      changed();
    });
    fill(element,
      h("div", { class: "choice-cards", role: "radiogroup", "aria-label": "Time budget" },
        CHOICES.map(([name, words], index) => choice(name, words, roundDuration(seconds[index]), chosen === index, () => pick(seconds[index], index))),
        choice("Custom", "Any number of minutes", "…", chosen < 0, () => pick(plan.budgetS, -1))),
      chosen < 0 && h("div", { class: "other-time" }, value.element));
  }

  function pick(budgetS, index) {
    plan.budgetS = budgetS;
    chosen = index;
    draw();
    element.querySelector("input:checked")?.focus();
    changed();
  }

  function choice(name, words, time, on, run) {
    return h("label", { class: "choice-card" },
      h("input", { type: "radio", name: group, checked: on, onchange: run }),
      h("span", { class: "choice-name" }, name), h("span", { class: "choice-time tabular" }, time), h("span", { class: "fine" }, words));
  }
}
