// "Tell me when it is done", on a training that is not over.

import { button } from "../../components/button.js";
import { toast } from "../../components/toast.js";
import { setText } from "../../dom.js";
import { forget, isAwaited, tellWhenDone } from "../../done-notices.js";

export function tellButton(job, navigate) {
  const made = button(words(job), { kind: "quiet", icon: "bell", "aria-pressed": String(isAwaited(job.id)), run: async () => {
    if (isAwaited(job.id)) forget(job.id);
    else {
      const isShown = await tellWhenDone(job);
      toast(isShown ? "You will be notified while a page of this site is open. A webhook tells you when it is closed, too." : "This browser shows no notifications of this site: only this page will say it. A webhook tells you anywhere.",
        { kind: isShown ? "good" : "calm", forMs: 8000, action: ["Webhooks", () => navigate("/account#webhooks")] });
    }
    made.setAttribute("aria-pressed", String(isAwaited(job.id)));
    setText(made.querySelector("span"), words(job));
  } });
  return made;
}

const words = ({ id }) => (isAwaited(id) ? "You will be told" : "Tell me when it is done");
