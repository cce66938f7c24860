// Sign in, or make an account: one form, and beside it what all this is.

import { h } from "../dom.js";
import { icon } from "../icons.js";
import { post } from "../http.js";
import { wanted } from "../router.js";
import { begin } from "../session.js";
import { button } from "../components/button.js";
import { field, form, isFilled } from "../components/field.js";

export const title = "Sign in";

const STEPS = [
  ["upload", "Drop in a table", "Any CSV, as your spreadsheet saves it. We find out what each column is."],
  ["target", "Click what to predict", "We say what is odd about the data before any time is spent."],
  ["activity", "Watch models compete", "The best are blended, and tested on rows they never saw."],
  ["check", "Use it, knowing how far", "A score in plain words, reasons for each prediction, and a model you can keep."],
];

export default async function view({ session, navigate, setTitle }) {
  const anew = location.pathname === "/sign-up" && session.signupOpen;
  setTitle(anew ? "Make an account" : "Sign in");
  const username = field("User name", { name: "username", autocomplete: "username", autocapitalize: "none", spellcheck: "false", required: true,
    hint: anew && "3 to 64 letters, digits, and . _ - @" });
  const password = field("Password", { type: "password", name: "password", autocomplete: anew ? "new-password" : "current-password", required: true,
    hint: anew && "At least 8 characters; a few unrelated words are best." });

  async function submit() {
    if (!isFilled(username, "Type your user name.") || !isFilled(password, "Type your password.")) return;
    const body = { username: username.value().trim(), password: password.value() };
    if (anew) await post("/users", body, { anonymous: true });
    begin(await post("/sessions", body, { anonymous: true }));
    navigate(wanted(), { replace: true });
  }

  const other = location.search;
  return h(
    "div",
    { class: "welcome" },
    h(
      "section",
      { class: "welcome-words" },
      h("h1", {}, "From a table to predictions you can trust"),
      h("ol", { class: "steps" }, STEPS.map(([mark, head, text]) =>
        h("li", {}, h("span", { class: "step-mark" }, icon(mark)), h("div", {}, h("h2", {}, head), h("p", {}, text))))),
    ),
    h(
      "section",
      { class: "panel welcome-form" },
      h("h2", {}, anew ? "Make an account" : "Sign in"),
      form({ username, password }, submit, username.element, password.element,
        button(anew ? "Make account" : "Sign in", { kind: "primary", type: "submit", class: "btn-large wide" })),
      session.signupOpen &&
        h("p", { class: "fine other-way" }, anew ? "You have one? " : "New here? ",
          h("a", { href: (anew ? "/sign-in" : "/sign-up") + other }, anew ? "Sign in" : "Make an account")),
      !session.signupOpen && h("p", { class: "fine other-way" }, "New accounts are made by this server's operator."),
    ),
  );
}
