// What a person says to a run: approve or reject it while it asks, cancel it while it is on.

import { button } from "../../components/button.js";
import { openDialog } from "../../components/dialog.js";
import { field } from "../../components/field.js";
import { toast } from "../../components/toast.js";
import { post } from "../../server/http.js";
import { ASKING, isOver, runPath } from "../../pipeline-words.js";

const ANSWERS = {
  approve: { label: "Approve", kind: "primary", icon: "check", done: "Approved.", title: ({ number, version }) => `Promote version ${version} of run ${number}?` },
  reject: { label: "Reject", icon: "close", done: "Rejected: its version stays, and is not served.", title: ({ number }) => `Reject run ${number}?` },
  cancel: { label: "Cancel the run", icon: "stop", done: "Cancelled.", title: ({ number }) => `Cancel run ${number}?` },
};

/** The buttons that the state of a run allows. @param onDone ({run as it is then}) */
export function answerButtons(run, onDone) {
  if (isOver(run)) return [];
  return (run.state === ASKING ? ["approve", "reject"] : ["cancel"]).map((action) => {
    const { label, kind, icon } = ANSWERS[action];
    return button(label, { kind, icon, "aria-label": `${label}: run ${run.number}`, run: () => answer(run, action, onDone) });
  });
}

async function answer(run, action, onDone) {
  const { label, kind = "danger", title, done } = ANSWERS[action];
  const why = field("Why (optional)", { maxlength: 1000, hint: "It stands in the run and in the log of changes." });
  let after = null;
  await openDialog(title(run), why.element, { cancel: "Back", actions: [{ label, kind, run: async () => {
    after = await post(`${runPath(run)}/${action}`, why.value().trim() ? { why: why.value().trim() } : {});
  } }] }).closed;
  if (!after) return;
  toast(done, { kind: "good" });
  await onDone(after);
}
