// Text to be taken along, with a button that copies it.

import { h, setText } from "../dom.js";
import { button } from "../components/button.js";

/** @param what  said to screen readers: "the key" */
export function copyable(text, what = "this") {
  const code = h("code", {}, text);
  const copy = button(`Copy ${what}`, { kind: "quiet", icon: "copy", only: true, run: async () => {
    if (await copyText(text, code)) {
      setText(said, "Copied");
      setTimeout(() => setText(said, ""), 2000);
    }
  } });
  const said = h("span", { class: "copied", role: "status" });
  return h("div", { class: "copyable" }, h("pre", { tabindex: "0" }, code), h("div", { class: "copy-tools" }, said, copy));
}

/** Onto the clipboard; where that is forbidden the text is selected instead. True when copied. */
async function copyText(text, element) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const range = document.createRange();
    range.selectNodeContents(element);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    return document.execCommand("copy");
  }
}
