// Webhooks and mail addresses of the account, to choose from who is told.

import { checks } from "../../components/checks.js";
import { h } from "../../dom.js";

const MAIL = "mailto:";

export const isMail = (name) => name.includes("@");

/**
 * @param webhooks  of the account
 * @param chosen    ids and mail addresses
 * @param also      who is told in any case
 */
export function listenersField(label, webhooks, chosen, also) {
  const choices = webhooks.map(({ id, url, note }) => (url.startsWith(MAIL) ? [url.slice(MAIL.length), url.slice(MAIL.length)] : [id, note || url, note && url]));
  const known = new Set(choices.map(([name]) => name));
  const gone = chosen.filter((name) => !known.has(name)).map((name) => [name, name, isMail(name) ? "No webhook of yours has this address." : "No webhook of yours has this id any more."]);
  const none = h("span", {}, "You have no webhooks and no mail addresses yet: ", h("a", { href: "/account", onclick: ({ target }) => target.closest("dialog")?.close() }, "make one in your account"), ".");
  return checks(label, [...choices, ...gone], chosen, { hint: choices.length + gone.length ? also : none });
}
