// Who is signed in, here and in the other tabs of this browser.

const body = document.body.dataset;
const tabs = new BroadcastChannel("nobrains.session");

export const session = {
  username: body.username || null,
  role: body.role || null,
  csrf: body.csrf || "",
  signupOpen: body.signup === "open",
};

/** Taken over from what POST or GET /sessions answered. */
export function begin({ username, role, csrf_token }) {
  const other = session.username !== username;
  session.username = username;
  session.role = role ?? (other ? null : session.role);
  session.csrf = csrf_token;
  if (other) tabs.postMessage(username);
}

/** Forget it: signed out, or found to be over. */
export function end() {
  if (session.username === null) return;
  session.username = null;
  session.role = null;
  session.csrf = "";
  tabs.postMessage(null);
}

// The cookie is shared by all tabs: one whose user has changed elsewhere begins anew.
tabs.addEventListener("message", (event) => {
  if (event.data !== session.username) location.reload();
});
