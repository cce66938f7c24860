// Light, dark, or as the system has it: one button that goes round the three.

import { fill, h } from "../dom.js";
import { icon } from "../icons.js";

const ROUND = { auto: ["light", "system", "system"], light: ["dark", "sun", "light"], dark: ["auto", "moon", "dark"] };

export function themeSwitch() {
  const theme = window.nobrainsTheme;
  const element = h("button", { class: "btn btn-quiet btn-icon", type: "button", onclick: () => (theme.choose(ROUND[theme.chosen][0]), draw()) });
  function draw() {
    const [, mark, words] = ROUND[theme.chosen];
    fill(element, icon(mark));
    element.setAttribute("aria-label", `Theme: ${words}. Change`);
    element.title = `Theme: ${words}`;
  }
  draw();
  return element;
}
