// The API as the page calls it: JSON, the session's CSRF token, errors as Problem, polling by ETag.

import { begin, end, session } from "./session.js";

export const API = "/api/v1";

/** An answer that says what is wrong (RFC 9457), or that none came (reason OFFLINE). */
export class Problem extends Error {
  constructor(status, { reason = "UNKNOWN", detail = "Something went wrong.", errors = [], request_id } = {}, retryAfter = 0) {
    super(detail);
    this.name = "Problem";
    Object.assign(this, { status, reason, detail, errors, requestId: request_id, retryAfter });
  }

  /** What is wrong with one field, by its name in the body that was sent. */
  of(field) {
    const found = this.errors.find((error) => error.field === field);
    return found ? [found.detail, found.hint].filter(Boolean).join(" ") : null;
  }
}

export const OFFLINE = { reason: "OFFLINE", detail: "The server cannot be reached. Check your connection; retrying automatically." };

/** Begin again at the sign-in page; main.js says how. */
export const onSignedOut = { run() {} };

export const get = (path, options) => call("GET", path, options);
export const post = (path, json, options) => call("POST", path, { json: json ?? {}, ...options });
export const put = (path, json, options) => call("PUT", path, { json, ...options });
export const patch = (path, json, options) => call("PATCH", path, { json, ...options });
export const del = (path, options) => call("DELETE", path, options);

/**
 * Call the API.
 * @param path     below /api/v1, such as "/jobs?page_size=20"
 * @param options  json or body (with type), signal, headers, raw: the Response itself instead of what it holds
 * @returns the parsed JSON, null for 204
 * @throws Problem; AbortError once the signal says so
 */
export async function call(method, path, options = {}, again = true) {
  const { json, body, type, signal, headers = {}, raw = false, anonymous = false } = options;
  const request = { method, signal, headers: { Accept: "application/json", ...headers }, credentials: "same-origin" };
  if (json !== undefined) {
    request.body = JSON.stringify(json);
    request.headers["Content-Type"] = "application/json";
  } else if (body !== undefined) {
    request.body = body;
    if (type) request.headers["Content-Type"] = type;
  }
  if (method !== "GET") request.headers["X-CSRF-Token"] = session.csrf;
  let response;
  try {
    response = await fetch(API + path, request);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, OFFLINE);
  }
  if (response.ok) return raw ? response : response.status === 204 ? null : response.json();
  const problem = await asProblem(response);
  // Another tab may have signed in anew: the cookie is its session's, the token still that of ours.
  if (problem.reason === "CSRF_TOKEN_WRONG" && again && (await refreshSession())) return call(method, path, options, false);
  if (problem.status === 401 && !anonymous) signedOut();
  throw problem;
}

async function asProblem(response) {
  const retryAfter = Number(response.headers.get("Retry-After")) || 0;
  try {
    return new Problem(response.status, await response.json(), retryAfter);
  } catch {
    return new Problem(response.status, { detail: `The server responded with ${response.status} ${response.statusText}.` }, retryAfter);
  }
}

/** Ask for the session that the cookie stands for; true where it is still the same user's. */
export async function refreshSession() {
  const before = session.username;
  try {
    begin(await call("GET", "/sessions", {}, false));
  } catch {
    return false;
  }
  return session.username === before;
}

/** The session is over: found out, or ended deliberately. */
export function signedOut(deliberately = false) {
  if (session.username === null) return;
  end();
  onSignedOut.run(deliberately);
}

/** All items of a list, page after page, up to `most`. */
export async function getAll(path, { most = 10_000, ...options } = {}) {
  const items = [];
  const url = new URL(API + path, location.origin);
  url.searchParams.set("page_size", Math.min(200, most));
  for (;;) {
    const page = await get(url.pathname.slice(API.length) + url.search, options);
    items.push(...page.items);
    if (!page.next_page_token || items.length >= most) return items;
    url.searchParams.set("page_token", page.next_page_token);
  }
}

/**
 * Ask for the same thing again and again while the page is seen, and tell of it when it has changed.
 * @param onValue  (value) for the first and each changed answer; returns false to end it, or the next pause in ms
 * @param onLost   (problem or null): the server is away, is back
 */
export async function poll(path, { signal, everyMs = 2000, onValue, onLost = () => {} }) {
  let tag = null;
  let lost = false;
  let pauseMs = everyMs;
  while (!signal.aborted) {
    try {
      const response = await get(path, { signal, raw: true });
      if (lost) onLost(null);
      lost = false;
      const changed = response.headers.get("ETag") !== tag || tag === null;
      tag = response.headers.get("ETag");
      if (changed) {
        const wish = onValue(await response.json());
        if (wish === false) return;
        pauseMs = typeof wish === "number" ? wish : everyMs;
      }
    } catch (error) {
      if (signal.aborted || error.name === "AbortError") return;
      if (!(error instanceof Problem)) throw error;
      if (error.status === 401) return;
      if (error.status >= 400 && error.status < 500 && error.status !== 429) {
        onLost(error);
        return;
      }
      lost = true;
      onLost(error);
      pauseMs = Math.max(error.retryAfter * 1000, Math.min(pauseMs * 1.5, 15_000));
    }
    await sleep(pauseMs, signal);
  }
}

/** Wait, and until the page is looked at again; ends at once when the signal says so. */
export function sleep(ms, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(() => (document.hidden ? document.addEventListener("visibilitychange", done, { once: true }) : done()), ms);
    function done() {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      document.removeEventListener("visibilitychange", done);
      resolve();
    }
    signal?.addEventListener("abort", done, { once: true });
  });
}
