// A place where files are dropped, or chosen by keyboard and mouse.

import { h } from "../dom.js";
import { icon } from "../icons.js";

/**
 * @param options.title     what to drop
 * @param options.hint      below it
 * @param options.accept    endings, as HTML's accept
 * @param options.multiple  several at once
 * @param options.slim      one line high
 * @param options.onFiles   (files)
 */
export function dropZone({ title, hint, accept = "", multiple = false, slim = false, onFiles }) {
  const input = h("input", { type: "file", class: "visually-hidden", accept, multiple, "aria-label": title });
  input.addEventListener("change", () => {
    const files = [...input.files];
    input.value = ""; // the same file may be chosen again
    if (files.length) onFiles(files);
  });
  const zone = h(
    "label",
    { class: `drop ${slim ? "slim" : ""}` },
    input,
    h("span", { class: "drop-mark" }, icon("upload")),
    h("span", { class: "drop-words" }, h("span", { class: "drop-title" }, title), hint && h("span", { class: "drop-hint" }, hint)),
    h("span", { class: "btn btn-plain", "aria-hidden": "true" }, multiple ? "Choose files" : "Choose a file"),
  );
  acceptDrops(zone, (files) => onFiles(multiple ? files : files.slice(0, 1)));
  return zone;
}

/** Let files be dropped on an element; it has the class "over" while some are held above it. */
export function acceptDrops(element, onFiles, { signal } = {}) {
  let depth = 0;
  const holdsFiles = (event) => event.dataTransfer?.types.includes("Files");
  const on = (name, run) => element.addEventListener(name, (event) => holdsFiles(event) && run(event), { signal });
  const show = () => element.classList.toggle("over", depth > 0);
  on("dragenter", (event) => (event.preventDefault(), (depth += 1), show()));
  on("dragleave", () => ((depth = Math.max(0, depth - 1)), show()));
  on("dragover", (event) => event.preventDefault());
  on("drop", (event) => {
    event.preventDefault();
    event.stopPropagation();
    depth = 0;
    show();
    onFiles([...event.dataTransfer.files]);
  });
}
