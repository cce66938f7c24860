// Windows over time: how good the predictions are beside the training, and how many requests there were.

import { integer, metricName, number, percent } from "../../format.js";
import { plain, plot } from "../../charts/plots.js";

const SHADE = 0.16;
const HEX = /^#([\da-f]{2})([\da-f]{2})([\da-f]{2})$/i;

function faint(colour) {
  const parts = HEX.exec(colour);
  return parts ? `rgba(${parts.slice(1).map((part) => parseInt(part, 16)).join(",")},${SHADE})` : colour;
}

/** The band of an interval, as two lines with what is between them filled. */
const band = (points, colour) => [
  { x: points.map(({ x }) => x), y: points.map(({ high }) => high), mode: "lines", line: { width: 0 }, hoverinfo: "skip", showlegend: false },
  { x: points.map(({ x }) => x), y: points.map(({ low }) => low), mode: "lines", line: { width: 0 }, fill: "tonexty", fillcolor: faint(colour), hoverinfo: "skip", showlegend: false },
];

const line = (points, name, colour, extra = {}) => ({
  x: points.map(({ x }) => x), y: points.map(({ value }) => value), name, mode: "lines+markers", line: { color: colour, width: 2 }, marker: { size: 6 },
  text: points.map(({ low, high }) => `${number(low, 3)} to ${number(high, 3)}`), hovertemplate: `${name}: %{y:.4~g} (%{text})<extra></extra>`, ...extra,
});

/** The axis of the windows' ends; around a single one as much as it is long, as plotly would show its milliseconds. */
function timeAxis(windows) {
  const [{ from, to }] = windows;
  if (windows.some((each) => each.to !== to)) return { type: "date" };
  const length = Math.max(Date.parse(to) - Date.parse(from), 1000);
  return { type: "date", range: [Date.parse(to) - length, Date.parse(to) + length].map((at) => new Date(at).toISOString()) };
}

/** A single bar would be as wide as the plot. */
const barWidth = ([{ from, to }, ...more]) => (more.length ? {} : { width: Math.max(Date.parse(to) - Date.parse(from), 1000) / 4 });

const pointsOf = (windows, part) => windows.map((window) => ({ x: window.to, ...window.performance?.[part] })).filter(({ value }) => value !== null && value !== undefined);

/** Estimated and realised performance with their bands, beside the training's. Windows are the oldest first. */
export function performancePlot(windows) {
  const metric = windows.findLast(({ performance }) => performance)?.performance.metric;
  const same = windows.filter(({ performance }) => performance?.metric === metric);
  const [reference, estimated, realised] = ["reference", "estimated", "realised"].map((part) => pointsOf(same, part));
  if (!metric || !(estimated.length || realised.length)) return null;
  const last = (points) => (points.length ? number(points.at(-1).value, 3) : "not known");
  const label = `${metricName(metric)} over ${integer(same.length)} windows. Newest: by the truth ${last(realised)}, estimated ${last(estimated)}, in training ${last(reference)}.`;
  return plot(label, ({ series, quiet }) => ({
    data: [
      ...band(reference, quiet), line(reference, "in training", quiet, { mode: "lines", line: { color: quiet, dash: "dash", width: 1.5 } }),
      ...band(estimated, series[0]), line(estimated, "estimated", series[0]),
      ...band(realised, series[1]), line(realised, "by the truth", series[1]),
    ],
    layout: { showlegend: true, hovermode: "x unified", xaxis: timeAxis(same), yaxis: { title: { text: plain(metricName(metric)) } } },
  }));
}

/** Requests of each window, those whose truth is known apart. */
export function trafficPlot(windows) {
  const total = windows.reduce((sum, { rows }) => sum + rows, 0);
  const known = windows.reduce((sum, { labelled }) => sum + labelled, 0);
  const label = `${integer(total)} requests in ${integer(windows.length)} windows, ${percent(known / Math.max(total, 1))} with their truth.`;
  const columns = (name, count, colour) => ({ x: windows.map(({ to }) => to), y: windows.map(count), name, type: "bar", marker: { color: colour }, ...barWidth(windows), hovertemplate: `%{y:,} ${name}<extra></extra>` });
  return plot(label, ({ series, quiet }) => ({
    data: [columns("with their truth", ({ labelled }) => labelled, series[1]), columns("truth not known", ({ rows, labelled }) => rows - labelled, faint(quiet))],
    layout: { barmode: "stack", showlegend: true, hovermode: "x unified", xaxis: timeAxis(windows), yaxis: { title: { text: "requests" }, rangemode: "tozero" } },
  }));
}
