// Dialogs: the browser's own element keeps the focus inside, closes on Escape, and gives the focus back.

import { h, uniqueId } from "../dom.js";
import { button } from "./button.js";

/**
 * Open a dialog.
 * @param title
 * @param content       elements, or (close) -> elements
 * @param options.actions  [{label, kind, run}]: `run` may be slow; unless it throws or gives false, the dialog closes
 * @returns {close, closed: promise of what close(value) was given}
 */
export function openDialog(title, content, { actions = [], wide = false, cancel = "Cancel" } = {}) {
  const id = uniqueId("dialog");
  let value;
  const close = (given) => {
    value = given;
    element.close();
  };
  const element = h(
    "dialog",
    { class: `dialog ${wide ? "wide" : ""}`, "aria-labelledby": id },
    h("div", { class: "dialog-head" }, h("h2", { id }, title), button("Close", { kind: "quiet", icon: "close", only: true, run: () => close() })),
    h("div", { class: "dialog-body" }, typeof content === "function" ? content(close) : content),
    actions.length > 0 &&
      h(
        "div",
        { class: "dialog-foot" },
        cancel && button(cancel, { run: () => close() }),
        actions.map(({ label, kind = "primary", run }) =>
          button(label, { kind, run: async () => ((await run?.()) === false ? null : close(true)) })),
      ),
  );
  const closed = new Promise((resolve) => element.addEventListener("close", () => (element.remove(), resolve(value))));
  element.addEventListener("click", (event) => event.target === element && element.close());
  document.body.append(element);
  element.showModal();
  return { close, closed, element };
}

/** Ask before something that cannot be undone; true when it was done. */
export async function confirm(title, text, { action = "Delete", kind = "danger", run }) {
  return (await openDialog(title, h("p", {}, text), { actions: [{ label: action, kind, run }] }).closed) === true;
}

