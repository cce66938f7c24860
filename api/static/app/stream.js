// A job's story as it happens, over Server-Sent Events. Read with fetch rather than EventSource: that tells of neither
// heartbeats nor statuses, so that it cannot know a dead connection from a quiet one, or a full server from a lost one.

import { API, Problem, get, getAll, signedOut } from "./http.js";

const SILENCE_MS = 25_000; // the server says something every 10 s
const TRIES_BEFORE_POLLING = 3;
const LONGEST_PAUSE_MS = 15_000;
const HIDDEN_POLL_MS = 10_000;
const OVER = new Set(["succeeded", "failed", "cancelled"]);

/**
 * Follow a job to its end, whatever happens to the connection; each event is told once, in order.
 * @param onEvent   (kind, data): kind is state, phase, trial, log or done
 * @param onStatus  ("live" | "reconnecting" | "polling" | "over")
 * @throws Problem  only where trying again is no use: 401, 404
 */
export async function followJob(jobId, { signal, onEvent, onStatus }) {
  const told = { lastId: 0, over: false, heard: false };
  const tell = (kind, data, id) => {
    if (id) {
      if (id <= told.lastId) return;
      told.lastId = id;
    }
    told.over ||= kind === "done";
    onEvent(kind, data);
  };
  let failures = 0;
  while (!signal.aborted && !told.over) {
    told.heard = false;
    try {
      await listen(jobId, told, tell, signal, () => onStatus("live"));
      if (!told.over) await whileHidden(jobId, signal);
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Problem && error.status === 401) signedOut();
      if (error instanceof Problem && (error.status === 401 || error.status === 404)) throw error;
    }
    if (signal.aborted || told.over) break;
    failures = told.heard ? 0 : failures + 1;
    if (failures > 0) onStatus(failures > TRIES_BEFORE_POLLING ? "polling" : "reconnecting");
    if (failures > TRIES_BEFORE_POLLING) await ask(jobId, tell, signal).catch(() => {});
    if (failures > 0) await pause(Math.min(LONGEST_PAUSE_MS, 500 * 2 ** (failures - 1)), signal);
  }
  if (told.over) onStatus("over");
}

/** One connection, until it ends, breaks, falls silent, or nobody looks: browsers allow six connections to a server. */
async function listen(jobId, told, tell, signal, onOpen) {
  const here = new AbortController();
  const stop = () => here.abort();
  const hide = () => document.hidden && stop();
  let timer = setTimeout(stop, SILENCE_MS);
  signal.addEventListener("abort", stop);
  document.addEventListener("visibilitychange", hide);
  try {
    const path = `${API}/jobs/${encodeURIComponent(jobId)}/events?last_event_id=${told.lastId}`;
    const response = await fetch(path, { signal: here.signal, headers: { Accept: "text/event-stream" } });
    if (response.status === 204) {
      told.over = true;
      return;
    }
    if (!response.ok) throw new Problem(response.status);
    told.heard = true;
    onOpen();
    const parse = parser(tell);
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { value, done } = await reader.read();
      if (done || told.over) return;
      clearTimeout(timer);
      timer = setTimeout(stop, SILENCE_MS);
      parse(value);
    }
  } catch (error) {
    if (!here.signal.aborted || !document.hidden) {
      told.heard = false;
      throw error;
    }
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
    document.removeEventListener("visibilitychange", hide);
    here.abort();
  }
}

/** Events out of pieces of text (WHATWG HTML, section 9.2.6; this server sends \n only). */
export function parser(tell) {
  let rest = "";
  let event = { kind: "message", id: 0, data: "" };
  return (piece) => {
    const lines = (rest + piece).split("\n");
    rest = lines.pop();
    for (const line of lines) {
      if (line === "") {
        if (event.data) tell(event.kind, JSON.parse(event.data), event.id);
        event = { kind: "message", id: 0, data: "" };
        continue;
      }
      const [, name, value] = /^([^:]*):? ?(.*)$/.exec(line);
      if (name === "id") event.id = Number(value);
      else if (name === "event") event.kind = value;
      else if (name === "data") event.data += value;
    }
  };
}

/** What can be known without a stream: the trials so far, and whether it is over. */
async function ask(jobId, tell, signal) {
  const path = `/jobs/${encodeURIComponent(jobId)}`;
  const job = await get(path, { signal });
  for (const trial of await getAll(`${path}/trials`, { signal })) if (trial.state !== "running") tell("trial", trial);
  if (OVER.has(job.state)) tell("done", { state: job.state, model_id: job.model_id, error: job.error });
}

/** Until the page is looked at again, or the job is over: the title may say so in a tab that is not seen. */
async function whileHidden(jobId, signal) {
  while (document.hidden && !signal.aborted) {
    await pause(HIDDEN_POLL_MS, signal, true);
    if (!document.hidden || signal.aborted) return;
    const job = await get(`/jobs/${encodeURIComponent(jobId)}`, { signal }).catch(() => null);
    if (job && OVER.has(job.state)) return;
  }
}

function pause(ms, signal, untilSeen = false) {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    const look = () => document.hidden || done();
    function done() {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      document.removeEventListener("visibilitychange", look);
      removeEventListener("online", done);
      resolve();
    }
    signal.addEventListener("abort", done, { once: true });
    addEventListener("online", done, { once: true });
    if (untilSeen) document.addEventListener("visibilitychange", look);
  });
}
