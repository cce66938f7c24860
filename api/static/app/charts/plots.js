// Interactive plots by plotly. Its script is 5 MB: it is loaded when the first plot is about to be seen.
//
// Under our Content-Security-Policy a page has no style attributes and no style elements. What plotly needs of them
// stands in plotly.css; it is told so by elements of the class `no-inline-styles`, and the style attributes that it
// sets go through the CSSOM, which is allowed.

import { h } from "../dom.js";

const RELATED = ["global"];
const NARROW_PX = 480;
const UNSEEN = /[\p{Cc}\u202A-\u202E\u2066-\u2069]/gu; // controls, and what turns the direction of writing
let loading = null;

function load() {
  loading ??= new Promise((resolve, reject) => {
    for (const id of RELATED) document.head.append(h("template", { id: `plotly.js-style-${id}`, class: "no-inline-styles" }));
    const restore = withoutStyleElements();
    const script = h("script", { src: document.body.dataset.plotly });
    script.addEventListener("load", () => (restore(), resolve(window.Plotly)));
    script.addEventListener("error", () => {
      restore();
      loading = null;
      reject(new Error("The plots could not be loaded."));
    });
    document.head.append(script);
  });
  return loading;
}

/** While the script runs for the first time, style elements that it makes are inert. */
function withoutStyleElements() {
  const { setAttribute } = Element.prototype;
  Element.prototype.setAttribute = function set(name, value) {
    if (name === "style") this.style.cssText = value;
    else setAttribute.call(this, name, value);
  };
  const { createElement } = Document.prototype;
  document.createElement = (name, ...rest) => createElement.call(document, String(name).toLowerCase() === "style" ? "template" : name, ...rest);
  return () => delete document.createElement;
}

/**
 * A plot that is drawn once it comes into view, and again when the theme changes.
 * @param label   what is to be seen, in words
 * @param draw    (colours) -> {data, layout}
 * @param options.height  in pixels
 */
export function plot(label, draw, { height = 320 } = {}) {
  const place = h("div", { class: "plot-place" });
  const element = h("div", { class: "plot", role: "img", "aria-label": label, style: { height: `${height}px` } }, place);
  let shown = false;
  const show = async () => {
    const Plotly = await load().catch((error) => void place.replaceChildren(h("p", { class: "fine" }, error.message)));
    if (!Plotly || !element.isConnected) return;
    const { data, layout = {} } = draw(colours());
    const crowded = data.length > 3 && place.clientWidth < NARROW_PX;
    if (crowded) layout.showlegend = false; // it would take the place of the plot
    await Plotly.react(place, data, merged(base(height), layout), { displayModeBar: false, responsive: true, doubleClick: "reset" });
    shown = true;
  };
  const seen = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    seen.disconnect();
    void show();
  }, { rootMargin: "200px" });
  seen.observe(element);
  const repaint = () => {
    if (!element.isConnected && shown) document.removeEventListener("theme", repaint);
    else if (shown) void show();
  };
  document.addEventListener("theme", repaint);
  return element;
}

/** The colours of the present theme. */
function colours() {
  const style = getComputedStyle(document.documentElement);
  const of = (name) => style.getPropertyValue(`--${name}`).trim();
  const series = Array.from({ length: 8 }, (_, i) => of(`series-${i + 1}`));
  return { accent: of("accent"), ink: of("ink"), quiet: of("ink-3"), line: of("line"), ground: of("raised"), good: of("good"), bad: of("bad"), series };
}

function base(height) {
  const { ink, quiet, line, ground, series } = colours();
  const axis = { gridcolor: line, linecolor: line, zerolinecolor: line, tickcolor: line, tickfont: { color: quiet }, title: { font: { color: quiet, size: 12 } }, automargin: true, fixedrange: false };
  return {
    height,
    autosize: true,
    margin: { l: 52, r: 12, t: 8, b: 44 },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: getComputedStyle(document.body).fontFamily, size: 12, color: ink },
    colorway: series,
    hoverlabel: { bgcolor: ground, bordercolor: line, font: { color: ink, size: 12 } },
    legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", font: { size: 12 } },
    xaxis: axis,
    yaxis: axis,
    showlegend: false,
  };
}

function merged(under, over) {
  const result = { ...under };
  for (const [name, value] of Object.entries(over)) {
    const both = value && under[name] && typeof value === "object" && !Array.isArray(value) && typeof under[name] === "object";
    result[name] = both ? merged(under[name], value) : value;
  }
  return result;
}

/** A name for plotly, which reads a little HTML in texts: cut, and nothing in it is markup. */
export function plain(text, most = 40) {
  const shown = [...String(text)].slice(0, most).join("").replace(UNSEEN, "\uFFFD");
  return (shown.length < String(text).length ? `${shown}…` : shown).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
