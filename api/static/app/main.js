// The start: the frame around the views (navigation, theme, account), and what happens when a session ends.

import { fill, h } from "./dom.js";
import { onSignedOut, del, signedOut } from "./server/http.js";
import { icon } from "./icons.js";
import { entrance, navigate, startRouter } from "./router.js";
import { session } from "./server/session.js";
import { problemPage } from "./components/notice.js";
import { toastProblem } from "./components/toast.js";
import { themeSwitch } from "./components/theme-switch.js";

const SECTIONS = [
  ["/datasets", "Datasets", "table"],
  ["/sources", "Sources", "source"],
  ["/jobs", "Training", "activity"],
  ["/models", "Models", "model"],
  ["/endpoints", "Endpoints", "endpoint"],
  ["/pipelines", "Pipelines", "repeat"],
];

const nav = h("nav", { class: "top-nav", "aria-label": "Main" });
const tools = h("div", { class: "top-tools" });
const outlet = h("main", { id: "main", class: "outlet", tabindex: "-1" });

fill(
  document.getElementById("app"),
  h("a", { class: "skip-link", href: "#main", onclick: skip }, "Skip to content"),
  h("header", { class: "top" }, h("div", { class: "top-inner" }, brand(), nav, tools)),
  outlet,
);

onSignedOut.run = (deliberately) =>
  deliberately ? navigate("/sign-in") : navigate(entrance(location.pathname + location.search), { replace: true });
let first = true;
startRouter({ outlet, shown, failed: problemPage });

function brand() {
  return h("a", { class: "brand", href: "/", "aria-label": "No Brains ML, home" }, 
    h("img", { src: new URL("./mark.svg", import.meta.url), alt: "", width: 24, height: 24 }), h("span", {}, "No Brains ML"));
}

function skip(event) {
  event.preventDefault();
  outlet.focus();
}

/** After each view: the navigation says where we are, and the focus begins at the view's heading. */
function shown(path) {
  drawFrame(path);
  if (!first) {
    const heading = outlet.querySelector("h1");
    const already = outlet.contains(document.activeElement) && document.activeElement !== outlet;
    if (heading && !already) {
      heading.tabIndex = -1;
      heading.focus({ preventScroll: true });
    }
  }
  first = false;
}

function drawFrame(path) {
  const inside = session.username !== null;
  fill(nav, inside && SECTIONS.map(([href, label, mark]) => {
    const here = path === href || path.startsWith(`${href}/`) || (href === "/models" && /^\/(compare|evaluations|comparisons)/.test(path));
    return h("a", { href, class: "top-link", "aria-current": here && "page" }, icon(mark), h("span", {}, label));
  }));
  nav.hidden = !inside;
  if (tools.dataset.of === String(session.username)) return;
  tools.dataset.of = String(session.username);
  fill(tools, themeSwitch(), inside ? accountMenu() : h("a", { class: "top-link plain", href: "/docs" }, "API"));
}

function accountMenu() {
  const close = () => menu.hidePopover();
  const row = (href, label, mark) => h("a", { class: "menu-item", href, onclick: close }, icon(mark), label);
  const menu = h(
    "div",
    { class: "menu", id: "account-menu", popover: "auto" },
    h("div", { class: "menu-head" }, session.username),
    row("/account", "Account and API keys", "key"),
    row("/activity", "Activity", "clock"),
    session.role === "admin" && row("/admin", "Administration", "user"),
    row("/docs", "API reference", "code"),
    h("button", { class: "menu-item", type: "button", onclick: signOut }, icon("sign-out"), "Sign out"),
  );
  return [
    h("button", { class: "avatar", type: "button", popovertarget: "account-menu", "aria-label": `Account of ${session.username}` },
      session.username.slice(0, 1).toUpperCase()),
    menu,
  ];
}

async function signOut() {
  try {
    await del("/sessions");
  } catch (error) {
    if (error.status !== 401) return toastProblem(error);
  }
  signedOut(true);
}
