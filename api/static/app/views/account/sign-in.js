// Sign in or create an account: one form, and beside it what the service does.

import { h } from "../../dom.js";
import { icon } from "../../icons.js";
import { post } from "../../server/http.js";
import { wanted } from "../../router.js";
import { begin } from "../../server/session.js";
import { button } from "../../components/button.js";
import { field, form, isFilled } from "../../components/field.js";

export const title = "Sign in";

const STEPS = [
  ["upload", "Upload a dataset", "Any CSV or Excel file. Column types are detected automatically."],
  ["target", "Choose the target", "The data is checked for problems before training starts."],
  ["activity", "Watch the training", "Models and hyperparameters are tried, the best are ensembled and validated."],
  ["check", "Use the model", "Metrics with error bars, explained predictions, and a model file to download."],
];

export default async function view({ session, navigate, setTitle }) {
  const anew = location.pathname === "/sign-up" && session.signupOpen;
  setTitle(anew ? "Create an account" : "Sign in");
  const username = field("Username", { name: "username", autocomplete: "username", autocapitalize: "none", spellcheck: "false", required: true,
    hint: anew && "3 to 64 letters, digits, and . _ - @" });
  const password = field("Password", { type: "password", name: "password", autocomplete: anew ? "new-password" : "current-password", required: true,
    hint: anew && "At least 8 characters; a few unrelated words are best." });

  async function submit() {
    if (!isFilled(username, "Enter your username.") || !isFilled(password, "Enter your password.")) return;
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
      h("h1", {}, "From a CSV file to predictions you can trust"),
      h("ol", { class: "steps" }, STEPS.map(([mark, head, text]) =>
        h("li", {}, h("span", { class: "step-mark" }, icon(mark)), h("div", {}, h("h2", {}, head), h("p", {}, text))))),
    ),
    h(
      "section",
      { class: "panel welcome-form" },
      h("h2", {}, anew ? "Create an account" : "Sign in"),
      form({ username, password }, submit, username.element, password.element,
        button(anew ? "Create account" : "Sign in", { kind: "primary", type: "submit", class: "btn-large wide" })),
      session.signupOpen &&
        h("p", { class: "fine other-way" }, anew ? "Already have an account? " : "New here? ",
          h("a", { href: (anew ? "/sign-in" : "/sign-up") + other }, anew ? "Sign in" : "Create an account")),
      !session.signupOpen && h("p", { class: "fine other-way" }, "Sign-up is closed. Ask the operator of this server for an account."),
    ),
  );
}
