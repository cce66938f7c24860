// Uploads under way. They go on while other views are shown, two at a time; views listen to them.

import { API, OFFLINE, Problem, refreshSession } from "./http.js";
import { session } from "./session.js";

const AT_ONCE = 2;
const SPEED_WINDOW_MS = 4000;

/** Each is {id, name, size, options, sent, state, speed (bytes/s), leftS, dataset, problem}; state: waiting, sending, storing (all
 * sent, the answer is awaited), done, failed, cancelled. Newest last. */
export const uploads = [];
const listeners = new Set();
let made = 0;

/** Be told of every change, until the signal says so: (upload). */
export function onUploads(listener, signal) {
  listeners.add(listener);
  signal.addEventListener("abort", () => listeners.delete(listener), { once: true });
}

/** Begin to upload these files, to be read with these options; each is answered by its upload. */
export function enqueue(files, options = {}) {
  const added = files.map((file) => ({ id: ++made, file, name: file.name, size: file.size, options, key: newKey() }));
  for (const upload of added) {
    uploads.push(upload);
    reset(upload);
  }
  pump();
  return added;
}

export function cancel(upload) {
  if (!isOpen(upload)) return;
  upload.state = "cancelled";
  upload.request?.abort();
  tell(upload);
  pump();
}

/** The same again, under the same Idempotency-Key: what had arrived after all is not stored twice. */
export function retry(upload) {
  reset(upload);
  pump();
}

/** The same file again, read with other options. */
export function retryWith(upload, options) {
  Object.assign(upload, { options, key: newKey() });
  retry(upload);
}

/** Take it off the list. */
export function dismiss(upload) {
  cancel(upload);
  uploads.splice(uploads.indexOf(upload), 1);
  tell(upload);
}

export const isOpen = ({ state }) => state === "waiting" || state === "sending" || state === "storing";

const newKey = () => crypto.randomUUID?.() || `${Date.now()}-${made}-${Math.random()}`;

function reset(upload) {
  Object.assign(upload, { state: "waiting", sent: 0, speed: null, leftS: null, dataset: null, problem: null, request: null });
  tell(upload);
}

function tell(upload) {
  for (const listener of listeners) listener(upload);
}

function pump() {
  const busy = uploads.filter(({ state }) => state === "sending" || state === "storing").length;
  for (const upload of uploads.filter(({ state }) => state === "waiting").slice(0, Math.max(0, AT_ONCE - busy))) send(upload);
}

function send(upload, again = true) {
  // Only XMLHttpRequest tells how much has been sent.
  const request = (upload.request = new XMLHttpRequest());
  const marks = [[performance.now(), 0]];
  const packed = upload.name.toLowerCase().endsWith(".gz");
  const name = upload.name.replace(/\.gz$/i, "").replace(/\.(csv|tsv|txt|xlsx|xlsm|xlsb|xls|ods|parquet|jsonl|ndjson|zip)$/i, "").replace(/[\x00-\x1f\x7f]/g, "").slice(0, 200) || "data";
  request.open("POST", `${API}/datasets?${new URLSearchParams({ name, ...upload.options })}`);
  request.setRequestHeader("Content-Type", "application/octet-stream"); // the server finds out which format it is
  request.setRequestHeader("X-CSRF-Token", session.csrf);
  request.setRequestHeader("Idempotency-Key", upload.key);
  if (packed) request.setRequestHeader("Content-Encoding", "gzip");
  request.upload.addEventListener("progress", (event) => {
    measure(upload, marks, event.loaded);
    tell(upload);
  });
  request.upload.addEventListener("load", () => {
    if (upload.state !== "sending") return;
    Object.assign(upload, { state: "storing", sent: upload.size, leftS: null });
    tell(upload);
  });
  request.addEventListener("load", async () => {
    const problem = answered(upload, request);
    if (problem?.reason === "CSRF_TOKEN_WRONG" && again && (await refreshSession())) return send(upload, false);
    settle(upload, problem);
  });
  request.addEventListener("error", () => settle(upload, new Problem(0, { ...OFFLINE, detail: "The connection was lost." })));
  upload.state = "sending";
  tell(upload);
  request.send(upload.file);
}

/** Speed over the last seconds, and from it the time left. */
function measure(upload, marks, sent) {
  const now = performance.now();
  marks.push([now, sent]);
  while (marks.length > 2 && now - marks[0][0] > SPEED_WINDOW_MS) marks.shift();
  const [then, before] = marks[0];
  upload.sent = Math.min(sent, upload.size);
  if (now - then < 300) return;
  upload.speed = ((sent - before) / (now - then)) * 1000;
  upload.leftS = upload.speed > 0 ? (upload.size - upload.sent) / upload.speed : null;
}

function answered(upload, request) {
  let body = null;
  try {
    body = JSON.parse(request.responseText);
  } catch {
    // not of this server: a proxy's page, perhaps
  }
  if (request.status === 201) {
    upload.dataset = body;
    return null;
  }
  return new Problem(request.status, body || { detail: `The server responded with ${request.status} ${request.statusText}.` });
}

function settle(upload, problem) {
  if (upload.state === "cancelled") return;
  upload.problem = problem;
  upload.state = problem ? "failed" : "done";
  upload.request = null;
  tell(upload);
  pump();
}

addEventListener("beforeunload", (event) => {
  if (uploads.some(isOpen)) event.preventDefault(); // the browser asks whether to leave
});
