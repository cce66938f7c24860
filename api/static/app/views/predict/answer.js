// The prediction of a row and its explanation, updated at every change.

import { bars, contributions } from "../../charts/charts.js";
import { fill, h, setText } from "../../dom.js";
import { number, percent, plural } from "../../format.js";
import { post } from "../../server/http.js";
import { isExplained } from "../../words.js";

const WAIT_MS = 150;
const MOST_CLASSES = 6;
const MOST_PULLS = 10;

export class Answer {
  /** @param path below the API's root: of the model's own predictions, or of those of an endpoint that serves it */
  constructor(model, path, signal) {
    this.model = model;
    this.path = path;
    this.signal = signal;
    this.headline = h("div", { class: "answer-headline", role: "status" });
    this.change = h("p", { class: "fine answer-change" });
    this.by = h("p", { class: "fine", hidden: true });
    this.odds = h("div", {});
    this.why = h("div", {});
    this.problem = h("p", { class: "form-problem", role: "alert", hidden: true });
    this.element = h("section", { class: "panel answer", "aria-label": "Prediction", tabindex: "0" }, h("h2", { class: "eyebrow" }, "Prediction"), this.headline, this.change, this.by, this.problem, this.odds, this.why);
    this.before = null;
    fill(this.headline, h("span", { class: "answer-wait" }, "Loading the model …"));
  }

  /** Ask for the row's prediction soon; whoever asks again meanwhile replaces the question. */
  ask(form) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.fetch(form), WAIT_MS);
  }

  async fetch(form) {
    this.request?.abort();
    const request = (this.request = new AbortController());
    this.signal.addEventListener("abort", () => request.abort(), { once: true });
    this.element.setAttribute("aria-busy", "true");
    const row = form.row;
    const predict = (explain) => post(this.path, { instances: [row], explain }, { signal: request.signal });
    try {
      // The reasons take longer than the answer: it does not wait for them.
      const answer = await predict(false);
      this.show(answer);
      form.mark(answer.warnings ?? []);
      this.problem.hidden = true;
      if (isExplained(this.model)) this.explain(await predict(true), row);
    } catch (error) {
      if (error.name === "AbortError") return;
      this.problem.hidden = false;
      setText(this.problem, error.message);
    }
    if (this.request === request) this.element.removeAttribute("aria-busy");
  }

  show({ predictions: [prediction], probabilities, formatted, target_unit: unit, version, alias, decision }) {
    const odds = probabilities?.[0];
    const sure = odds?.[prediction];
    fill(this.headline, h("span", { class: "big-number" }, odds ? prediction : (formatted?.[0] ?? number(prediction))),
      odds ? h("span", { class: "answer-sure" }, percent(sure, 1)) : unit && h("span", { class: "answer-sure" }, formatted ? `${number(prediction)} ${unit}` : unit));
    setText(this.change, this.changed(prediction, odds));
    this.by.hidden = !version && !decision;
    const rule = decision ? `By its decision rule it answers “${decision.positive}” from ${percent(decision.threshold, 1)} on.` : "";
    setText(this.by, [version && `Version ${version}${alias ? ` (${alias})` : ""} answered.`, rule].filter(Boolean).join(" "));
    this.before = { prediction, odds };
    if (odds) {
      const ranked = Object.entries(odds).sort(([, p], [, q]) => q - p).slice(0, MOST_CLASSES);
      fill(this.odds, bars(ranked.map(([label, share]) => ({ label, share, value: percent(share, 1) })), { name: "Probabilities" }));
    }
  }

  explain({ predictions: [prediction], explanations: [amounts], explanation_bases: [before], explanation_unit: unit }, row) {
    const show = (amount) => `${amount > 0 ? "+" : "−"}${unit === "probability" ? `${number(Math.abs(amount) * 100, 2)} pts` : number(Math.abs(amount), 3)}`;
    const pulls = Object.entries(amounts).map(([label, amount]) => ({ label, amount, value: row[label] === null || row[label] === undefined ? "missing" : String(row[label]) }))
      .filter(({ amount }) => amount !== 0).sort((p, q) => Math.abs(q.amount) - Math.abs(p.amount));
    const base = unit === "probability" ? percent(before, 1) : number(before);
    const rest = pulls.slice(MOST_PULLS).reduce((sum, { amount }) => sum + amount, 0);
    fill(this.why,
      h("h3", {}, "Explanation"),
      h("p", { class: "fine" }, `The base prediction is ${base}${unit === "probability" ? ` for ${prediction}` : ""}. Contribution of each value:`),
      contributions(pulls.slice(0, MOST_PULLS), show),
      rest !== 0 && h("p", { class: "fine" }, `${plural(pulls.length - MOST_PULLS, "other column")}: ${show(rest)}`));
  }

  /** What the last change did to the prediction. */
  changed(prediction, odds) {
    if (!this.before) return "Change a value to see its effect.";
    if (!odds) {
      const moved = prediction - this.before.prediction;
      return moved === 0 ? "No change." : `${moved > 0 ? "Up" : "Down"} by ${number(Math.abs(moved), 3)}; previously ${number(this.before.prediction)}.`;
    }
    if (prediction !== this.before.prediction) return `Previously ${this.before.prediction}.`;
    const moved = odds[prediction] - this.before.odds[prediction];
    return Math.abs(moved) < 5e-5 ? "No change." : `${moved > 0 ? "Up" : "Down"} by ${number(Math.abs(moved) * 100, 2)} percentage points.`;
  }
}
