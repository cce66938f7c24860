// What its owner says of a model: a name, a note, tags.

import { button } from "../../components/button.js";
import { openDialog } from "../../components/dialog.js";
import { field, form } from "../../components/field.js";
import { h } from "../../dom.js";
import { patch } from "../../server/http.js";

/** The name that its owner gave it; an uploaded one has that of its file, which is told elsewhere. */
export const givenName = (model) => (model.origin === "uploaded" ? null : model.name);

/** What a model is called: by its owner, else by its target. */
export const modelTitle = (model) => givenName(model) || `Model of ${model.target}`;

export const tagWords = ([name, value]) => (value ? `${name}: ${value}` : name);

/** Its tags as links to the models that have them; null where there are none. */
export function tagList(model) {
  const tags = Object.entries(model.tags ?? {});
  return tags.length > 0 && h("span", { class: "model-tags" }, tags.map((tag) =>
    h("a", { class: "tag calm", href: `/models?tag=${encodeURIComponent(tag[1] ? `${tag[0]}:${tag[1]}` : tag[0])}` }, tagWords(tag))));
}

/** "team: retention" line by line, as {team: "retention"}. */
function parsed(text) {
  return Object.fromEntries(text.split("\n").map((line) => line.trim()).filter(Boolean).map((line) => {
    const [, name, value] = /^([^:]*)(?::(.*))?$/s.exec(line);
    return [name.trim(), (value ?? "").trim()];
  }));
}

/** Ask for name, note and tags; `onDone` gets the model as it then is. */
export function askDescription(model, onDone) {
  const name = field("Name", { value: model.name ?? "", maxlength: 200, placeholder: `Model of ${model.target}` });
  const note = field("Note", { type: "textarea", value: model.note ?? "", maxlength: 2000 });
  const tags = field("Tags", { type: "textarea", rows: 3, value: Object.entries(model.tags ?? {}).map(tagWords).join("\n"), placeholder: "team: retention\ncandidate", hint: "One a line, with a value after a colon or without." });
  openDialog("Describe this model", (close) => form({ name, note, tags }, async () => {
    const wanted = parsed(tags.value());
    const gone = Object.fromEntries(Object.keys(model.tags ?? {}).filter((tag) => !(tag in wanted)).map((tag) => [tag, null]));
    const body = { note: note.value(), tags: { ...wanted, ...gone }, ...(model.origin === "uploaded" && !name.value().trim() ? {} : { name: name.value().trim() || null }) };
    onDone(await patch(`/models/${encodeURIComponent(model.id)}`, body));
    close();
  },
  name.element, note.element, tags.element,
  h("div", { class: "form-actions" }, button("Cancel", { run: () => close() }), button("Save", { kind: "primary", type: "submit" }))));
}
