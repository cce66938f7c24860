// Source code in a panel, with a button that copies it.

import { h } from "../dom.js";
import { button } from "../components/button.js";
import { panel } from "../components/page.js";
import { toast } from "../components/toast.js";

export function codePanel(title, note, text) {
  const copy = button("Copy", { kind: "quiet", icon: "copy", "aria-label": `Copy: ${title}`, run: async () => {
    await navigator.clipboard.writeText(text);
    toast("Copied.", { kind: "good" });
  } });
  return panel(title, { note, aside: copy }, h("pre", { class: "code", tabindex: "0" }, h("code", {}, text)));
}
