// Putting a model into production: as a new endpoint, or as a version of one that is there.

import { button } from "../../components/button.js";
import { openDialog } from "../../components/dialog.js";
import { field, form, isFilled } from "../../components/field.js";
import { notice } from "../../components/notice.js";
import { toast } from "../../components/toast.js";
import { fill, h } from "../../dom.js";
import { CHAMPION } from "../../endpoint-words.js";
import { ago } from "../../format.js";
import { getAll, post, put } from "../../server/http.js";
import { idempotencyKeys } from "../../server/idempotency-key.js";
import { recentModels } from "../../server/known-models.js";
import { scoreWords } from "../model/trust.js";

const NEW = "";

/**
 * Ask what goes where, and do it.
 * @param options.model     the model; else one is chosen
 * @param options.endpoint  where it goes; else that is chosen, or made
 * @param options.onDone    what then; else the endpoint is shown
 */
export async function openProduction({ model, endpoint, signal, navigate, onDone }) {
  const [found, endpoints] = await Promise.all([model ? [model] : recentModels(signal), endpoint ? [endpoint] : getAll("/endpoints", { signal })]);
  const models = found.filter(({ state }) => state === "ready");
  if (!models.length) return toast("Train a model first: it is what an endpoint serves.");
  const which = field("Model", { type: "select", choices: models.map((each) => [each.id, modelWords(each)]), name: "model_id" });
  const where = field("Endpoint", { type: "select", choices: [[NEW, "New endpoint"], ...endpoints.map(({ name }) => [name, name])], value: endpoint?.name ?? NEW });
  const name = field("Name", { value: suggested(models[0].target, endpoints), maxlength: 63, autocomplete: "off", autocapitalize: "none", spellcheck: "false", hint: "Part of its address: lowercase letters, digits and dashes." });
  const keys = idempotencyKeys();
  let named = false;
  name.input.addEventListener("input", () => (named = true));
  const serve = field("Serve it at once (make it the champion)", { type: "checkbox", checked: true });
  const why = field("Why (optional)", { maxlength: 1000, hint: "It stands in the log of changes." });
  const note = field("Note (optional)", { maxlength: 2000, hint: "What it is for." });
  const keep = field("Keep its requests for 30 days", { type: "checkbox", checked: true, hint: "What was asked and what was predicted: to watch the model, to join the truth, to train the next one. You can change that at any time." });
  const differing = h("div", {});
  const force = field("Add it all the same", { type: "checkbox" });
  const draw = () => {
    const fresh = where.value() === NEW;
    name.element.hidden = note.element.hidden = keep.element.hidden = !fresh;
    serve.element.hidden = why.element.hidden = fresh;
    fill(differing);
  };
  where.input.addEventListener("change", draw);
  which.input.addEventListener("change", () => {
    if (!named) name.input.value = suggested(models.find(({ id }) => id === which.value()).target, endpoints);
    draw();
  });
  draw();
  openDialog(endpoint ? `Add a version to ${endpoint.name}` : model ? "Put into production" : "New endpoint", (close) => form({ name, model_id: which, note, why }, async () => {
    const fresh = where.value() === NEW;
    if (fresh && !isFilled(name, "Give it a name.")) return;
    const at = fresh ? name.value().trim() : where.value();
    const forced = force.value() && differing.childNodes.length > 0;
    const done = fresh ? await create(at, which.value(), note.value().trim(), keep.value()) : await add(at, which.value(), { serve: serve.value(), why: why.value().trim(), forced, keys }, (error) => fill(differing, differs(error, force)));
    if (!done) return;
    close();
    toast(done, { kind: "good" });
    if (onDone) await onDone();
    else navigate(`/endpoints/${encodeURIComponent(at)}`);
  },
  !model && which.element, !endpoint && where.element, name.element, note.element, keep.element, serve.element, why.element, differing,
  h("div", { class: "form-actions" }, button("Cancel", { run: () => close() }), button(model ? "Put into production" : endpoint ? "Add version" : "Create endpoint", { kind: "primary", type: "submit" }))));
}

const modelWords = (model) => `${model.target}, ${scoreWords(model)}, ${ago(model.created_at)}`;

/** A name that is made of the target's, and free. */
function suggested(target, endpoints) {
  const plain = target.toLowerCase().normalize("NFKD").replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 50) || "model";
  const taken = new Set(endpoints.map(({ name }) => name));
  for (let count = 1; ; count += 1) {
    const name = count === 1 ? plain : `${plain}-${count}`;
    if (!taken.has(name)) return name;
  }
}

async function create(name, id, note, keep) {
  await post("/endpoints", { name, model_id: id, ...(note && { note }), ...(!keep && { log: { sample: 0 } }) });
  return `${name} serves it as version 1.`;
}

async function add(name, id, { serve, why, forced, keys }, onDifference) {
  const path = `/endpoints/${encodeURIComponent(name)}`;
  const body = { model_id: id, ...(why && { why }), ...(forced && { force_signature: true }) };
  try {
    const { version } = await post(`${path}/versions`, body, { headers: keys({ path, ...body }) });
    if (!serve) return `It is version ${version} of ${name}, and not served yet.`;
    await put(`${path}/aliases/${CHAMPION}`, { version, ...(why && { why }) });
    return `Version ${version} is the champion of ${name}.`;
  } catch (error) {
    if (error.reason !== "SIGNATURE_DIFFERS") throw error;
    onDifference(error);
    return null;
  }
}

/** What callers of the endpoint would meet that is not as before. */
const differs = ({ errors }, force) => notice("warn", "This model reads or predicts something else.",
  h("div", {}, h("ul", { class: "plain-list" }, errors.map(({ field: name, detail }) => h("li", {}, h("code", {}, name), ` ${detail}`))), force.element));
