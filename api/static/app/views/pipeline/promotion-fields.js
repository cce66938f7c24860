// What follows a promotion, within a form: the alias, its share of the requests, when it becomes champion, what undoes it.

import { checks } from "../../components/checks.js";
import { field } from "../../components/field.js";
import { h, uniqueId } from "../../dom.js";
import { ALARM_KINDS, CHAMPION } from "../../endpoint-words.js";
import { inPercent, ofPercent } from "../../format.js";

const CHALLENGER = "challenger";
const NO_ALARM = "no alarm";
const GUARD = { rollback_if: ["errors", "performance"], within: "2d" };

const isEmpty = (shares) => Boolean(shares) && Object.keys(shares).length === 0;

/**
 * @param known      a pipeline
 * @param endpoints  of the account; their aliases are offered
 * @returns {element, fields: by their names in the body, value(): {as, traffic, then, guard}}
 */
export function promotionFields(known, endpoints) {
  const aliases = [...new Set([CHAMPION, CHALLENGER, ...endpoints.flatMap((each) => Object.keys(each.aliases))])];
  const offered = h("datalist", { id: uniqueId("aliases") }, aliases.map((each) => h("option", { value: each })));
  const alias = field("Promoted as", { value: known.as ?? CHAMPION, list: offered.id, maxlength: 32, autocomplete: "off", autocapitalize: "none", spellcheck: "false", hint: "The champion answers whatever no other alias has a share of." });
  const share = field("Its share of the requests, in percent", { type: "number", min: 0, max: 100, step: "any", value: inPercent(known.traffic?.[known.as] ?? null), hint: "Empty: shares stay as they are." });
  const after = field("It becomes champion after", { value: known.then?.champion_after ?? "", maxlength: 20, placeholder: "2d", hint: "Such as 12h, 2d, 1w. Empty: not by itself." });
  const calm = field("Only if no alarm has begun meanwhile", { type: "checkbox", checked: !known.then || known.then.if === NO_ALARM });
  const guard = field("Roll back by itself", { type: "checkbox", checked: Boolean(known.guard), hint: "To what was served before, once." });
  const { rollback_if: kinds, within: span } = known.guard ?? GUARD;
  const reasons = checks("If its monitor finds after a promotion", ALARM_KINDS, kinds);
  const within = field("Within", { value: span, maxlength: 20, placeholder: GUARD.within, hint: "After a promotion: 12h, 2d, 1w." });
  const aside = h("div", {}, h("div", { class: "field-row" }, share.element, after.element), calm.element);
  const watched = h("div", { class: "inset" }, reasons.element, within.element);
  const asked = () => alias.value().trim() || CHAMPION;
  const draw = () => {
    aside.hidden = asked() === CHAMPION;
    calm.element.hidden = !after.value().trim();
    watched.hidden = !guard.value();
  };
  for (const { input } of [alias, after, guard]) input.addEventListener("input", draw);
  draw();
  return {
    element: h("div", {}, alias.element, offered, aside, guard.element, watched),
    fields: { as: alias, traffic: share, "then": after, "then.if": calm, guard, "guard.rollback_if": reasons, "guard.within": within },
    value: () => ({
      as: asked(),
      traffic: traffic(),
      then: asked() !== CHAMPION && after.value().trim() ? { champion_after: after.value().trim(), ...(calm.value() && { if: NO_ALARM }) } : null,
      guard: guard.value() ? { rollback_if: reasons.value(), within: within.value().trim() } : null,
    }),
  };

  /** Shares of other aliases, which the API may have set, stay. */
  function traffic() {
    const { [known.as]: _its, ...others } = known.traffic ?? {};
    const own = asked() === CHAMPION ? null : ofPercent(share.value());
    const all = { ...others, ...(own !== null && { [asked()]: own }) };
    return Object.keys(all).length || isEmpty(known.traffic) ? all : null;
  }
}
