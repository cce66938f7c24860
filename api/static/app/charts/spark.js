// Small pictures of numbers, as SVG of our own: no script of plotly's is needed for them.

import { svg } from "../dom.js";

/** Columns of a histogram, counts of equal bins, as one path. `label` says it in words for screen readers. */
export function histogram(counts, { label, width = 160, height = 36 } = {}) {
  const most = Math.max(...counts, 1);
  const step = width / Math.max(counts.length, 1);
  const gap = counts.length > 40 ? 0 : Math.min(1.5, step / 5);
  const column = (count, index) => {
    const tall = Math.max(1.5, (count / most) * (height - 1));
    return count ? `M${(index * step + gap / 2).toFixed(2)} ${height}v-${tall.toFixed(2)}h${(step - gap).toFixed(2)}v${tall.toFixed(2)}z` : "";
  };
  return picture("spark", width, height, label, svg("path", { class: "spark-columns", d: counts.map(column).join("") }));
}

/** A line through values; null leaves a gap. */
export function sparkline(values, { label, width = 160, height = 36 } = {}) {
  const known = values.filter((value) => value !== null);
  const low = Math.min(...known);
  const span = Math.max(...known) - low || 1;
  const x = (index) => (values.length < 2 ? width / 2 : 2 + (index / (values.length - 1)) * (width - 4));
  const y = (value) => height - 3 - ((value - low) / span) * (height - 6);
  const point = (value, index) =>
    value === null ? "" : `${index && values[index - 1] !== null ? "L" : "M"}${x(index).toFixed(1)} ${y(value).toFixed(1)}`;
  return picture("spark line", width, height, label, svg("path", { d: values.map(point).join("") }));
}

function picture(kind, width, height, label, content) {
  const said = label ? { role: "img", "aria-label": label } : { "aria-hidden": "true" };
  return svg("svg", { class: kind, viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", ...said }, content);
}
