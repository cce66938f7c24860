// Files made here or fetched, handed to the browser to keep.

import { h } from "./dom.js";

/** Hand a file to the browser as a download. */
export function saveBlob(blob, name) {
  const url = URL.createObjectURL(blob);
  h("a", { href: url, download: name.replace(/[^\p{L}\p{N} ._-]/gu, "_") }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
