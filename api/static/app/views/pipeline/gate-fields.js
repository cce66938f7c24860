// How a new model is compared with the one that is served, within a form; what is left as it is by default is not said.

import { checks } from "../../components/checks.js";
import { field } from "../../components/field.js";
import { h } from "../../dom.js";
import { inPercent, metricName, ofPercent } from "../../format.js";
import { GATE, METRICS, METRICS_OF } from "../../vocabulary.js";

const TOO_FEW = [["ask", "I am asked"], ["refuse", "It is not promoted"]];

/**
 * @param known  the pipeline's gate
 * @returns {element, fields: by their names in the body, value(), offer(names of columns), setPromotion(promote)}
 */
export function gateFields(known, { task, datasets }) {
  const set = { ...GATE, ...known };
  const figure = (label, value, options) => field(label, { type: "number", step: "any", value: String(value ?? ""), ...options });
  const metrics = [...new Set([...(METRICS_OF[task] ?? Object.keys(METRICS)), set.metric])].filter((each) => each !== GATE.metric);
  const tests = [["", "The rows that each training leaves out"], ...datasets.map(({ id, name }) => [id, name])];
  if (set.test_dataset_id && !tests.some(([id]) => id === set.test_dataset_id)) tests.push([set.test_dataset_id, "a dataset that was deleted"]);
  const fields = {
    metric: field("Metric that decides", { type: "select", choices: [[GATE.metric, "The training's"], ...metrics.map((each) => [each, metricName(each)])], value: set.metric }),
    confidence: figure("Confidence that it is better, in percent", inPercent(set.confidence), { min: 50, max: 100, placeholder: inPercent(GATE.confidence), hint: "Less lets more models through that are better by luck." }),
    min_gain: figure("Gain of at least", set.min_gain, { placeholder: String(GATE.min_gain), hint: "In units of the metric." }),
    margin: figure("It may be worse by", set.margin, { min: 0, placeholder: String(GATE.margin), hint: "For who wants fresh models: above 0, as good is good enough." }),
    test_dataset_id: field("Rows to compare on", { type: "select", choices: tests, value: set.test_dataset_id ?? "", hint: "Rows that either of them has learned from do not count." }),
    holdout: figure("Share that a training leaves out, in percent", inPercent(set.holdout), { min: 0, max: 50, placeholder: inPercent(GATE.holdout) }),
    min_rows: field("Fewest rows to tell by", { type: "number", min: 1, step: 1, value: String(set.min_rows), placeholder: String(GATE.min_rows) }),
    if_too_few_rows: field("With fewer rows", { type: "select", choices: TOO_FEW, value: set.if_too_few_rows }),
    max_latency_ms: figure("Milliseconds that one row may take", set.max_latency_ms, { min: 0.001, placeholder: "any" }),
    must_not_worsen: checks("In none of the groups of these columns may it be worse", [], set.must_not_worsen),
  };
  const { metric, confidence, min_gain: gain, margin, test_dataset_id: test, holdout, min_rows: rows, if_too_few_rows: tooFew, max_latency_ms: latency, must_not_worsen: groups } = fields;
  const draw = () => (holdout.element.hidden = test.value() !== "");
  test.input.addEventListener("change", draw);
  draw();
  const typed = (one) => (one.value().trim() === "" ? null : Number(one.value()));
  return {
    element: h("div", {}, row(metric, confidence), row(gain, margin), test.element, row(holdout, rows, tooFew), latency.element, groups.element),
    fields: Object.fromEntries(Object.entries(fields).map(([name, each]) => [`gate.${name}`, each])),
    value,
    offer(names) {
      groups.offer(names.map((each) => [each, each]));
      groups.element.hidden = !names.length && !groups.value().length;
    },
    setPromotion: (promote) => (tooFew.element.hidden = promote !== "auto"),
  };

  function value() {
    const said = {
      metric: metric.value(), confidence: ofPercent(confidence.value()), min_gain: typed(gain), margin: typed(margin), min_rows: typed(rows), holdout: ofPercent(holdout.value()),
      test_dataset_id: test.value() || null, must_not_worsen: groups.value(), max_latency_ms: typed(latency), if_too_few_rows: tooFew.value(),
    };
    return Object.fromEntries(Object.entries(said).filter(([name, each]) => each !== null && JSON.stringify(each) !== JSON.stringify(GATE[name])));
  }
}

const row = (...fields) => h("div", { class: "field-row" }, fields.map(({ element }) => element));
