// "Tell me when it is done": notifications of this browser for trainings, as long as a page of ours is open.

import { toast } from "./components/toast.js";
import { API, get } from "./server/http.js";
import { parser } from "./server/stream.js";
import { isOver } from "./words.js";

const ENDS = { "job.succeeded": "Training completed", "job.failed": "Training failed", "job.cancelled": "Training cancelled" };
const LONGEST_PAUSE_MS = 30_000;

const awaited = new Map(); // job's id -> what it predicts
let listening = null;
let lastId = null;

export const isAwaited = (jobId) => awaited.has(jobId);

/**
 * Tell of the end of this job.
 * @returns true where the browser shows notifications; false where only this page can say it
 */
export async function tellWhenDone({ id, name, target }) {
  awaited.set(id, name || target);
  listening ??= listen().finally(() => (listening = null));
  if (!("Notification" in window)) return false;
  if (Notification.permission === "default") await Notification.requestPermission();
  return Notification.permission === "granted";
}

export function forget(jobId) {
  awaited.delete(jobId);
}

/** Follow the account's events while any job is awaited; a connection that breaks is taken up where it broke off. */
async function listen() {
  let failures = 0;
  while (awaited.size > 0) {
    const here = new AbortController();
    try {
      const response = await fetch(`${API}/events${lastId === null ? "" : `?last_event_id=${lastId}`}`, { signal: here.signal, headers: { Accept: "text/event-stream" } });
      if (response.status === 401) return awaited.clear();
      if (!response.ok) throw new Error(`status ${response.status}`);
      const parse = parser((type, event, seq) => {
        lastId = seq || lastId;
        failures = 0;
        tell(type, event.data ?? event);
      });
      await Promise.all([...awaited.keys()].map(look)); // one may have ended before the connection was there
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const { value, done } = await reader.read();
        if (done || awaited.size === 0) break;
        parse(value);
      }
    } catch {
      // the server is away, or full: again, later
    } finally {
      here.abort();
    }
    failures += 1;
    if (awaited.size > 0) await new Promise((resolve) => setTimeout(resolve, Math.min(LONGEST_PAUSE_MS, 500 * 2 ** failures)));
  }
}

/** Tell of a job that is over already; one that was deleted is awaited no longer. */
async function look(jobId) {
  try {
    const { state } = await get(`/jobs/${encodeURIComponent(jobId)}`);
    if (isOver(state)) tell(`job.${state}`, { job_id: jobId });
  } catch (error) {
    if (error.status === 404) awaited.delete(jobId);
  }
}

function tell(type, { job_id: jobId }) {
  if (!ENDS[type] || !awaited.has(jobId)) return;
  const text = `${ENDS[type]}: ${awaited.get(jobId)}`;
  awaited.delete(jobId);
  toast(text, { kind: type === "job.succeeded" ? "good" : "bad" });
  if (!("Notification" in window) || Notification.permission !== "granted") return;
  try {
    const shown = new Notification(text, { tag: jobId, icon: new URL("./mark.svg", import.meta.url).href });
    shown.addEventListener("click", () => (window.focus(), shown.close()));
  } catch {
    // some browsers of phones show none from a page: the toast has said it
  }
}
