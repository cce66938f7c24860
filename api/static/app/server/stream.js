// A job's events as they happen, over Server-Sent Events. Read with fetch rather than EventSource: that shows neither
// heartbeats nor statuses, so that it cannot know a dead connection from a quiet one, or a full server from a lost one.

import { API, Problem, get, getAll, signedOut } from "./http.js";

const SILENCE_MS = 25_000; // the server says something every 10 s
const TRIES_BEFORE_POLLING = 3;
const LONGEST_PAUSE_MS = 15_000;
const HIDDEN_POLL_MS = 10_000;
const OVER = new Set(["succeeded", "failed", "cancelled"]);

/**
 * Follow a job to its end, whatever happens to the connection; each event is delivered once, in order.
 * @param onEvent   (kind, data): kind is state, phase, trial, log or done
 * @param onStatus  ("live" | "reconnecting" | "polling" | "over")
 * @throws Problem  only where trying again is no use: 401, 404
 */
export async function followJob(jobId, { signal, onEvent, onStatus }) {
  const state = { lastId: 0, over: false, heard: false };
  const deliver = (kind, data, id) => {
    if (id) {
      if (id <= state.lastId) return;
      state.lastId = id;
    }
    state.over ||= kind === "done";
    onEvent(kind, data);
  };
  let failures = 0;
  while (!signal.aborted && !state.over) {
    state.heard = false;
    try {
      await listen(jobId, state, deliver, signal, () => onStatus("live"));
      if (!state.over) await whileHidden(jobId, signal);
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Problem && error.status === 401) signedOut();
      if (error instanceof Problem && (error.status === 401 || error.status === 404)) throw error;
    }
    if (signal.aborted || state.over) break;
    failures = state.heard ? 0 : failures + 1;
    if (failures > 0) onStatus(failures > TRIES_BEFORE_POLLING ? "polling" : "reconnecting");
    if (failures > TRIES_BEFORE_POLLING) await ask(jobId, deliver, signal).catch(() => {});
    if (failures > 0) await pause(Math.min(LONGEST_PAUSE_MS, 500 * 2 ** (failures - 1)), signal);
  }
  if (state.over) onStatus("over");
}

/** One connection, until it ends, breaks, falls silent, or nobody looks: browsers allow six connections to a server. */
async function listen(jobId, state, deliver, signal, onOpen) {
  const here = new AbortController();
  const stop = () => here.abort();
  const hide = () => document.hidden && stop();
  let timer = setTimeout(stop, SILENCE_MS);
  signal.addEventListener("abort", stop);
  document.addEventListener("visibilitychange", hide);
  try {
    const path = `${API}/jobs/${encodeURIComponent(jobId)}/events?last_event_id=${state.lastId}`;
    const response = await fetch(path, { signal: here.signal, headers: { Accept: "text/event-stream" } });
    if (response.status === 204) {
      state.over = true;
      return;
    }
    if (!response.ok) throw new Problem(response.status);
    state.heard = true;
    onOpen();
    const parse = parser(deliver);
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { value, done } = await reader.read();
      if (done || state.over) return;
      clearTimeout(timer);
      timer = setTimeout(stop, SILENCE_MS);
      parse(value);
    }
  } catch (error) {
    if (!here.signal.aborted || !document.hidden) {
      state.heard = false;
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
export function parser(deliver) {
  let rest = "";
  let event = { kind: "message", id: 0, data: "" };
  return (piece) => {
    const lines = (rest + piece).split("\n");
    rest = lines.pop();
    for (const line of lines) {
      if (line === "") {
        if (event.data) deliver(event.kind, JSON.parse(event.data), event.id);
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
async function ask(jobId, deliver, signal) {
  const path = `/jobs/${encodeURIComponent(jobId)}`;
  const job = await get(path, { signal });
  for (const trial of await getAll(`${path}/trials`, { signal })) if (trial.state !== "running") deliver("trial", trial);
  if (OVER.has(job.state)) deliver("done", { state: job.state, model_id: job.model_id, error: job.error });
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
