// The threshold of a model of two classes: what each earns, the best one, and the rule that it answers by.

import { button } from "../../components/button.js";
import { field } from "../../components/field.js";
import { intervalWords } from "../../charts/interval.js";
import { notice } from "../../components/notice.js";
import { panel } from "../../components/page.js";
import { toast } from "../../components/toast.js";
import { fill, h } from "../../dom.js";
import { number, percent } from "../../format.js";
import { del, get, put } from "../../server/http.js";
import { plain, plot } from "../../charts/plots.js";

const PAUSE_MS = 400;

/** "Answers “yes” from 23 % on." */
export const ruleWords = ({ positive, threshold }) => `Answers “${positive}” from a probability of ${percent(threshold, 1)} on.`;

/**
 * @param onDecided  ({decision}) after a rule was saved or taken away
 * @returns a promise of the panel; of null where nothing is known of the training rows
 */
export async function decisionPanel(model, { signal, onDecided }) {
  const path = `/models/${encodeURIComponent(model.id)}/decision`;
  let curve;
  try {
    curve = await get(path, { signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    return error.reason === "REFERENCE_NOT_AVAILABLE" ? null : notice("warn", "What thresholds earn could not be worked out.", error.message);
  }
  return new DecisionPanel(path, curve, { signal, onDecided }).element;
}

class DecisionPanel {
  constructor(path, curve, { signal, onDecided }) {
    Object.assign(this, { path, curve, signal, onDecided });
    const { positive, negative } = curve;
    this.gains = {
      tp: gainField(`A row of “${positive}” is found`, curve.gains.tp),
      fp: gainField(`“${negative}” is called “${positive}”`, curve.gains.fp),
      fn: gainField(`A row of “${positive}” is missed`, curve.gains.fn),
      tn: gainField(`“${negative}” is passed over`, curve.gains.tn),
    };
    for (const each of Object.values(this.gains)) each.input.addEventListener("input", () => this.askSoon());
    this.slider = h("input", { type: "range", class: "form-range", min: 0, "aria-label": "Threshold", oninput: () => this.show() });
    this.out = h("div", { class: "threshold-out", role: "status" });
    this.picture = h("div", {});
    this.advice = h("div", {});
    this.why = field("Why (optional)", { maxlength: 1000, placeholder: "A call costs 10, a customer kept is worth 60" });
    this.clear = button("Answer as trained", { run: () => this.forget() });
    this.element = panel("Decision threshold", { note: `A row is predicted “${positive}” if its probability is at least the threshold. Say what answers are worth, negative for a cost; a rule changes labels, and no probability and no score.` },
      h("div", { class: "gains" }, Object.values(this.gains).map((each) => each.element)),
      this.picture, this.slider, this.out, this.advice, this.why.element,
      h("div", { class: "row-gap" }, button("Use this rule", { kind: "primary", run: () => this.save() }), this.clear));
    this.take(curve);
  }

  askSoon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.ask(), PAUSE_MS);
  }

  async ask() {
    const asked = new URLSearchParams(Object.entries(this.worth));
    try {
      const curve = await get(`${this.path}?${asked}`, { signal: this.signal });
      if (asked.toString() === new URLSearchParams(Object.entries(this.worth)).toString()) this.take(curve);
    } catch (error) {
      if (error.name !== "AbortError") fill(this.advice, notice("warn", null, error.message));
    }
  }

  get worth() {
    return Object.fromEntries(Object.entries(this.gains).map(([name, each]) => [name, Number(each.value()) || 0]));
  }

  get point() {
    return this.curve.points[Number(this.slider.value)];
  }

  /** Show a curve; the slider goes to the threshold that is used now. */
  take(curve) {
    this.curve = curve;
    const { points, current, best, improvement } = curve;
    this.slider.max = points.length - 1;
    this.moveTo(current.threshold);
    fill(this.picture, profitPlot(curve));
    const gained = improvement.low > 0 ? `It earns ${intervalWords(improvement)} more than the threshold used now.` : "That it earns more than the threshold used now may be chance.";
    const words = `Expect ${intervalWords({ ...best, value: best.profit })} of 1,000 new rows. ${best.threshold === current.threshold ? "It is the one used now." : gained} Calling every row “${curve.positive}” would earn ${number(curve.always)}, calling none ${number(curve.never)}.`;
    fill(this.advice, notice("info", `Best threshold: ${percent(best.threshold, 1)}`, words, { actions: [button("Move to the best", { run: () => this.moveTo(best.threshold) })] }));
    this.clear.hidden = !curve.decision;
  }

  moveTo(threshold) {
    const distances = this.curve.points.map((point) => Math.abs(point.threshold - threshold));
    this.slider.value = distances.indexOf(Math.min(...distances));
    this.show();
  }

  show() {
    const { threshold, called, tp, fp, fn, profit, low, high } = this.point;
    const now = threshold === this.curve.current.threshold ? (this.curve.decision ? "threshold (rule in use)" : "threshold (model default)") : "threshold";
    const fact = (value, words) => h("div", {}, h("b", {}, value), h("span", {}, words));
    this.slider.setAttribute("aria-valuetext", percent(threshold, 1));
    fill(this.out,
      fact(percent(threshold, 1), now),
      fact(percent(called), "of rows predicted positive"),
      fact(tp + fp > 0 ? percent(tp / (tp + fp)) : "–", "precision"),
      fact(tp + fn > 0 ? percent(tp / (tp + fn)) : "–", "recall"),
      fact(number(profit), `earned of 1,000 rows (${number(low, 3)} to ${number(high, 3)})`));
  }

  async save() {
    const decision = await put(this.path, { threshold: this.point.threshold, positive: this.curve.positive, gains: this.worth, why: this.why.value().trim() });
    toast("Saved. The model answers by this rule from now on; versions keep theirs.", { kind: "good" });
    await this.changed(decision.decision ?? decision);
  }

  async forget() {
    await del(this.path);
    toast("The model answers as it was trained.", { kind: "good" });
    await this.changed(null);
  }

  async changed(decision) {
    this.onDecided({ decision });
    await this.ask();
  }
}

function gainField(label, value) {
  return field(label, { type: "number", step: "any", inputmode: "decimal", value: String(value) });
}

function profitPlot({ points, best, current }) {
  const at = (name) => points.map((point) => point[name]);
  return plot(`Profit by threshold: the best is ${percent(best.threshold, 1)}, used now is ${percent(current.threshold, 1)}.`, ({ series, quiet, good }) => ({
    data: [
      { x: at("threshold"), y: at("high"), mode: "lines", line: { width: 0 }, hoverinfo: "skip", showlegend: false },
      { x: at("threshold"), y: at("low"), mode: "lines", line: { width: 0 }, fill: "tonexty", fillcolor: `${series[0]}2e`, hoverinfo: "skip", name: plain("95 % interval") },
      { x: at("threshold"), y: at("profit"), mode: "lines", line: { width: 2, color: series[0] }, name: "profit of 1,000 rows", hovertemplate: "threshold %{x:.1%}: %{y:.4~g}<extra></extra>" },
      { x: [current.threshold], y: [current.profit], mode: "markers", marker: { size: 9, color: quiet }, name: "used now", hovertemplate: "used now: %{y:.4~g}<extra></extra>" },
      { x: [best.threshold], y: [points.find(({ threshold }) => threshold === best.threshold)?.profit ?? best.profit], mode: "markers", marker: { size: 9, color: good, symbol: "diamond" }, name: "best", hovertemplate: "best: %{y:.4~g}<extra></extra>" },
    ],
    layout: { showlegend: true, xaxis: { title: { text: "threshold" }, tickformat: ".0%", range: [0, 1] }, yaxis: { title: { text: "profit of 1,000 rows" } } },
  }), { height: 280 });
}
