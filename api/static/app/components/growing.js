// A list that grows as it is scrolled: the first items at once, more when its end comes near.

import { h } from "../dom.js";

const STEP = 60;

/** @param make (item) -> element; @returns {element, show(items)} */
export function growing(tag, attributes, make) {
  const element = h(tag, attributes);
  let items = [];
  let made = 0;
  const end = h(tag === "ul" ? "li" : "div", { class: "growing-end", "aria-hidden": "true" });
  const watcher = new IntersectionObserver((entries) => entries.some(({ isIntersecting }) => isIntersecting) && grow(), { rootMargin: "800px" });

  function grow() {
    end.remove();
    element.append(...items.slice(made, made + STEP).map(make));
    made = Math.min(made + STEP, items.length);
    watcher.unobserve(end);
    if (made < items.length) {
      element.append(end);
      watcher.observe(end); // anew: it tells at once whether the end is still in sight
    }
  }

  return {
    element,
    show(next) {
      items = next;
      made = 0;
      element.replaceChildren();
      grow();
    },
  };
}
