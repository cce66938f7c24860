// The data of a pipeline within a form: a source or a dataset; to a source's rows labelled requests may be added.

import { field } from "../../components/field.js";
import { h } from "../../dom.js";
import { get } from "../../server/http.js";

const OF_SOURCE = "source/";
const OF_DATASET = "dataset/";
const HINTS = {
  [OF_SOURCE]: "It is fetched first where its data are too old.",
  [OF_DATASET]: "A dataset does not change by itself: runs end as unchanged until rows come by events. A source brings new data.",
};

const keyOf = ({ source_id: source, dataset_id: dataset } = {}) => (source ? OF_SOURCE + source : dataset ? OF_DATASET + dataset : "");

/** {element, field, plus: fields; value(endpoint): as a pipeline has it} */
export function dataField(known, { sources, datasets }) {
  const choices = [...sources.map(({ id, name }) => [OF_SOURCE + id, `${name} (source)`]), ...datasets.map(({ id, name }) => [OF_DATASET + id, name])];
  const chosen = keyOf(known);
  if (chosen && !choices.some(([key]) => key === chosen)) choices.unshift([chosen, "the one that is set"]);
  const which = field("Data", { type: "select", choices, value: chosen || choices[0]?.[0], hint: HINTS[OF_DATASET] });
  const plus = field("Add the endpoint's requests whose truth is known", { type: "checkbox", checked: Boolean(known?.plus) });
  const hint = which.element.querySelector(".field-hint");
  const draw = () => {
    const isSource = which.value().startsWith(OF_SOURCE);
    plus.element.hidden = !isSource;
    hint.textContent = HINTS[isSource ? OF_SOURCE : OF_DATASET];
  };
  which.input.addEventListener("change", draw);
  draw();
  return { element: h("div", {}, which.element, plus.element), field: which, plus, value };

  function value(endpoint) {
    if (which.value().startsWith(OF_DATASET)) return { dataset_id: which.value().slice(OF_DATASET.length) };
    return { source_id: which.value().slice(OF_SOURCE.length), ...(plus.value() && { plus: known?.plus ?? { endpoint } }) };
  }
}

/** Names of the columns, as far as they are known. */
export async function columnsOf({ dataset_id: dataset, source_id: source }, sources, signal) {
  const id = dataset ?? sources.find((each) => each.id === source)?.dataset_id;
  if (!id) return [];
  const found = await get(`/datasets/${encodeURIComponent(id)}`, { signal }).catch(() => null);
  return found?.columns.map(({ name }) => name) ?? [];
}
