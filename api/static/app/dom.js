// Elements, made by functions. Text always becomes text nodes and styles go through the CSSOM, so whatever a
// name or a cell holds, it is shown and never run.

const SVG = "http://www.w3.org/2000/svg";
const PROPERTIES = new Set(["value", "checked", "disabled", "selected", "indeterminate", "hidden", "open", "multiple"]);

/** An HTML element: h("button", {class: "btn", onclick: run, style: {width: "4rem"}}, "Run", icon). */
export function h(tag, attributes, ...children) {
  return build(document.createElement(tag), attributes, children);
}

/** The same for SVG. */
export function svg(tag, attributes, ...children) {
  return build(document.createElementNS(SVG, tag), attributes, children);
}

function build(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "style") setStyle(element, value);
    else if (name === "dataset") Object.assign(element.dataset, value);
    else if (PROPERTIES.has(name) && name in element) element[name] = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  // A select's value counts only once its options are there.
  element.append(...nodes(children));
  if (attributes && attributes.value !== undefined && element.localName === "select") element.value = attributes.value;
  return element;
}

function nodes(children) {
  return children
    .flat(Infinity)
    .filter((child) => child !== null && child !== undefined && child !== false && child !== true)
    .map((child) => (child instanceof Node ? child : document.createTextNode(String(child))));
}

/** Styles by their CSS names: {width: "40%", "--share": 0.4}. */
export function setStyle(element, styles) {
  for (const [name, value] of Object.entries(styles)) element.style.setProperty(name, String(value));
}

/** Put these in place of whatever the element holds. */
export function fill(element, ...children) {
  element.replaceChildren(...nodes(children));
  return element;
}

/** Change an element's text only where it differs: screen readers hear live regions once. */
export function setText(element, text) {
  if (element.textContent !== String(text)) element.textContent = String(text);
}

/**
 * Bring the children of a list in line with its items, keeping the elements (and the focus in them) of those that
 * stay.
 * @param keyOf   item -> a string that is its own
 * @param make    item -> element, for a new item
 * @param change  (element, item), for an item that stays
 */
export function keyed(parent, items, keyOf, make, change) {
  const old = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let before = parent.firstElementChild;
  for (const item of items) {
    const key = String(keyOf(item));
    let element = old.get(key);
    if (element) {
      old.delete(key);
      change?.(element, item);
    } else {
      element = make(item);
      element.dataset.key = key;
    }
    if (element === before) before = before.nextElementSibling;
    else parent.insertBefore(element, before);
  }
  for (const gone of old.values()) gone.remove();
}

let made = 0;
/** An id for `for`, `aria-labelledby` and the like. */
export function uniqueId(prefix = "id") {
  made += 1;
  return `${prefix}-${made}`;
}

/** Run at most once a frame, whatever happens in between. */
export function oncePerFrame(run) {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      run();
    });
  };
}
