// Ask for the checks of a target, and again while no worker has got to it.

import { post, sleep } from "../../server/http.js";

const TRIES = 10;

/** {task, metric, why, findings}; throws the last Problem. */
export async function runCheck(path, target, signal) {
  for (let left = TRIES; ; left -= 1) {
    try {
      return await post(`${path}/checks`, { target }, { signal });
    } catch (error) {
      const passing = error.status === 503 || error.status === 0 || error.status === 429;
      if (!passing || left <= 1) throw error;
      await sleep(Math.max(1000, (error.retryAfter || 0) * 1000), signal);
    }
  }
}
