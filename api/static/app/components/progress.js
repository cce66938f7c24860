// A bar that fills. Of unknown length it moves.

import { h, setStyle, setText } from "../dom.js";

/** @returns {element, set(share of 1 or null, words)} */
export function progressBar(label, { share = null, words = "" } = {}) {
  const fill = h("div", { class: "bar-fill" });
  const track = h("div", { class: "bar", role: "progressbar", "aria-label": label, "aria-valuemin": 0, "aria-valuemax": 100 }, fill);
  const text = h("div", { class: "bar-words" });
  function set(part, said = "") {
    track.classList.toggle("moving", part === null);
    if (part === null) track.removeAttribute("aria-valuenow");
    else {
      const whole = Math.round(Math.min(1, Math.max(0, part)) * 100);
      track.setAttribute("aria-valuenow", whole);
      setStyle(fill, { transform: `scaleX(${Math.min(1, Math.max(0, part))})` });
    }
    setText(text, said);
    text.hidden = !said;
  }
  set(share, words);
  return { element: h("div", { class: "progress-block" }, track, text), set };
}
