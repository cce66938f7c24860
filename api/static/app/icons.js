// The icons: outlines on a grid of 24, drawn in the colour of the text beside them.

import { svg } from "./dom.js";

const PATHS = {
  activity: ["M3 12h4l3 8 4-16 3 8h4"],
  alert: ["M12 9v4", "M12 17h.01", "M10.3 3.9 2 18.2A2 2 0 0 0 3.7 21h16.6a2 2 0 0 0 1.7-2.8L13.7 3.9a2 2 0 0 0-3.4 0z"],
  back: ["M19 12H5", "m12 19-7-7 7-7"],
  bell: ["M6 9a6 6 0 0 1 12 0c0 6 2 7 2 8H4c0-1 2-2 2-8z", "M10 20.5h4"],
  check: ["M20 6 9 17l-5-5"],
  chevron: ["m6 9 6 6 6-6"],
  clock: ["M12 7v5l3 2", "M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0z"],
  close: ["M18 6 6 18", "m6 6 12 12"],
  code: ["m8 7-5 5 5 5", "m16 7 5 5-5 5"],
  copy: ["M9 9h11v11H9z", "M5 15H4V4h11v1"],
  download: ["M12 4v11", "m7 11 5 5 5-5", "M4 20h16"],
  edit: ["M4 20h4L19 9l-4-4L4 16z"],
  endpoint: ["M12 12h.01", "M8.5 15.5a5 5 0 0 1 0-7", "M15.5 8.5a5 5 0 0 1 0 7", "M5.6 18.4a9 9 0 0 1 0-12.8", "M18.4 5.6a9 9 0 0 1 0 12.8"],
  external: ["M14 4h6v6", "M20 4 10 14", "M18 14v6H4V6h6"],
  file: ["M6 3h8l5 5v13H6z", "M14 3v5h5"],
  info: ["M12 11v5", "M12 8h.01", "M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0z"],
  key: ["M15 9a4 4 0 1 1-8 0 4 4 0 0 1 8 0z", "m14 12 6 6", "m17 15-2 2"],
  model: ["m12 3 8 4.5v9L12 21l-8-4.5v-9z", "m4 7.5 8 4.5 8-4.5", "M12 12v9"],
  moon: ["M20 14.5A8 8 0 0 1 9.5 4 8 8 0 1 0 20 14.5z"],
  more: ["M5 12h.01", "M12 12h.01", "M19 12h.01"],
  pause: ["M9 5v14", "M15 5v14"],
  play: ["M7 4v16l13-8z"],
  plus: ["M12 5v14", "M5 12h14"],
  retry: ["M4 12a8 8 0 1 0 2.5-5.8L4 8.5", "M4 4v4.5h4.5"],
  repeat: ["m17 2 4 4-4 4", "M3 11V9a3 3 0 0 1 3-3h15", "m7 22-4-4 4-4", "M21 13v2a3 3 0 0 1-3 3H3"],
  search: ["M17 11a6 6 0 1 1-12 0 6 6 0 0 1 12 0z", "m20 20-4.7-4.7"],
  "sign-out": ["M15 4h5v16h-5", "M10 8l-4 4 4 4", "M6 12h9"],
  source: ["M4 6c0-1.7 3.6-3 8-3s8 1.3 8 3-3.6 3-8 3-8-1.3-8-3z", "M4 6v12c0 1.7 3.6 3 8 3s8-1.3 8-3V6", "M4 12c0 1.7 3.6 3 8 3s8-1.3 8-3"],
  stop: ["M6 6h12v12H6z"],
  sun: ["M16 12a4 4 0 1 1-8 0 4 4 0 0 1 8 0z", "M12 3v2", "M12 19v2", "M3 12h2", "M19 12h2", "m5.6 5.6 1.4 1.4", "m17 17 1.4 1.4", "m5.6 18.4 1.4-1.4", "m17 7 1.4-1.4"],
  system: ["M4 5h16v11H4z", "M9 20h6", "M12 16v4"],
  table: ["M4 5h16v14H4z", "M4 10h16", "M10 10v9"],
  target: ["M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0z", "M16 12a4 4 0 1 1-8 0 4 4 0 0 1 8 0z"],
  trash: ["M4 7h16", "M9 7V4h6v3", "M6 7l1 13h10l1-13"],
  undo: ["M9 14 4 9l5-5", "M4 9h10a6 6 0 0 1 0 12h-3"],
  upload: ["M12 16V5", "m7 9 5-5 5 5", "M4 20h16"],
  user: ["M16 8a4 4 0 1 1-8 0 4 4 0 0 1 8 0z", "M4 21c0-4 3.5-6 8-6s8 2 8 6"],
};

/** An icon beside words that say the same: hidden from screen readers. */
export function icon(name) {
  return svg(
    "svg",
    { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false" },
    PATHS[name].map((d) => svg("path", { d })),
  );
}
