// Addresses and views. A view is a module in views/ with
//
//   export const title = "Models";
//   export default async function view(page) { … return element; }
//
// where page = {params, query, session, signal, navigate, setTitle}. It loads what it needs first and then returns its
// element, which replaces the one before: no empty page in between. It may go on changing its element until
// `signal` says that it was left.

import { fill, h } from "./dom.js";
import { session } from "./server/session.js";

const ROUTES = [
  ["/sign-in", "account/sign-in", { open: true }],
  ["/sign-up", "account/sign-in", { open: true }],
  ["/sources", "sources"],
  ["/sources/:id", "source"],
  ["/datasets", "datasets"],
  ["/datasets/:id", "dataset"],
  ["/datasets/:id/train", "train"],
  ["/jobs", "jobs"],
  ["/jobs/:id", "job"],
  ["/models", "models"],
  ["/models/:id", "model"],
  ["/models/:id/predict", "predict"],
  ["/compare", "compare"],
  ["/evaluations", "evaluations"],
  ["/evaluations/:id", "evaluation"],
  ["/comparisons/:id", "comparison"],
  ["/endpoints", "endpoints"],
  ["/endpoints/:name", "endpoint"],
  ["/pipelines", "pipelines"],
  ["/pipelines/:id", "pipeline"],
  ["/pipelines/:id/runs/:number", "pipeline/run"],
  ["/account", "account/account"],
  ["/activity", "account/activity"],
  ["/admin", "admin/admin"],
].map(([path, view, options = {}]) => ({
  pattern: new RegExp(`^${path.replace(/:(\w+)/g, "(?<$1>[^/]+)")}/?$`),
  view,
  ...options,
}));

let outlet = null;
let current = new AbortController();
let onShown = () => {};
let onError = () => {};

/**
 * Show the view of the present address, and from now on of every one that is gone to.
 * @param options.outlet   where views go
 * @param options.shown    (path) after each
 * @param options.failed   (error) -> element, for a view that could not be made
 */
export function startRouter(options) {
  outlet = options.outlet;
  onShown = options.shown;
  onError = options.failed;
  history.scrollRestoration = "manual";
  addEventListener("popstate", (event) => show(event.state?.scroll || 0));
  document.addEventListener("click", followLink);
  return show(history.state?.scroll || 0);
}

/** Go to an address of this page. */
export function navigate(path, { replace = false } = {}) {
  if (replace) history.replaceState({}, "", path);
  else {
    history.replaceState({ ...history.state, scroll: scrollY }, "");
    history.pushState({}, "", path);
  }
  return show(0);
}

/** Where a visitor begins, and where one goes who must sign in first. */
export function entrance(next = "") {
  const path = session.signupOpen && !next ? "/sign-up" : "/sign-in";
  return next ? `${path}?next=${encodeURIComponent(next)}` : path;
}

function followLink(event) {
  const link = event.target.closest?.("a[href]");
  if (!link || event.defaultPrevented || event.button !== 0) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  if (link.origin !== location.origin || link.target || link.hasAttribute("download")) return;
  if (link.hash && link.pathname === location.pathname && link.search === location.search) return;
  if (!ROUTES.some((route) => route.pattern.test(link.pathname)) && link.pathname !== "/") return;
  event.preventDefault();
  navigate(link.pathname + link.search);
}

/** The view of an address, after what must be so first: signed in, and not at the sign-in page when one is. */
function resolve() {
  const { pathname, search } = location;
  if (pathname === "/") return redirect(session.username ? "/datasets" : entrance());
  const route = ROUTES.find(({ pattern }) => pattern.test(pathname));
  if (!route) return null;
  if (!route.open && !session.username) return redirect(entrance(pathname + search));
  if (route.open && session.username) return redirect(wanted());
  return { route, params: decoded(route.pattern.exec(pathname).groups) };
}

function redirect(path) {
  history.replaceState({}, "", path);
  return resolve();
}

/** Where to go once signed in: only within this page. */
export function wanted() {
  const next = new URLSearchParams(location.search).get("next") || "";
  return /^\/(?![/\\])/.test(next) ? next : "/datasets";
}

function decoded(groups = {}) {
  const safe = (text) => {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  };
  return Object.fromEntries(Object.entries(groups).map(([name, value]) => [name, safe(value)]));
}

async function show(scroll) {
  current.abort();
  const mine = (current = new AbortController());
  const found = resolve();
  const slow = setTimeout(() => outlet.setAttribute("aria-busy", "true"), 150);
  let element;
  try {
    if (!found) throw Object.assign(new Error("There is no such page."), { missing: true });
    const module = await import(`./views/${found.route.view}.js`);
    document.title = `${module.title} · No Brains ML`;
    element = await module.default({
      params: found.params,
      query: new URLSearchParams(location.search),
      session,
      signal: mine.signal,
      navigate,
      setTitle: (title) => {
        if (!mine.signal.aborted) document.title = `${title} · No Brains ML`;
      },
    });
  } catch (error) {
    if (mine.signal.aborted || error.name === "AbortError") return;
    element = onError(error);
  } finally {
    clearTimeout(slow);
    if (current === mine) outlet.removeAttribute("aria-busy");
  }
  if (mine.signal.aborted) return;
  fill(outlet, h("div", { class: "view" }, element));
  onShown(location.pathname);
  scrollTo(0, scroll);
  performance.mark("view-shown"); // benchmarks/service/page_views.py reads it
}
