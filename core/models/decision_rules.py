"""Decision rules: from which probability on a binary model answers its positive label.

A rule changes the labels that are answered from then on, and no probability and no score. A version of an endpoint
takes the rule that its model has as it is registered, or one of its own, and keeps it.
"""

from __future__ import annotations

from dataclasses import replace

from core.domain.ids import now
from core.domain.records import Json, Model
from core.errors import Invalid, NotFound
from core.models.models import Models
from core.ports import Tables
from core.storage import rows

GAINS = ("tp", "fp", "fn", "tn")


class DecisionRules:
    """The rules of a user's models."""

    def __init__(self, tables: Tables, models: Models) -> None:
        self.tables = tables
        self.models = models

    def set(self, user_id: str, model_id: str, said: Json, by: str) -> Model:
        """Have the model answer by a rule from now on; predictions follow within a second.

        Args:
            user_id: whose model it is.
            model_id: of the model.
            said: what `check_rule` takes.
            by: who says it.

        Raises NotFound, Invalid.
        """
        rule = check_rule(self.models.get(user_id, model_id), said)
        return self._write(user_id, model_id, {**rule, "by": by, "at": now()})

    def clear(self, user_id: str, model_id: str) -> Model:
        """Have the model answer as it was trained. Raises NotFound."""
        self.models.get(user_id, model_id)
        return self._write(user_id, model_id, None)

    def _write(self, user_id: str, model_id: str, rule: Json | None) -> Model:
        def decide(model: Model | None) -> Model:
            if model is None or model.deleting:
                raise NotFound("model", model_id)
            return replace(model, decision=rule)

        written = rows.update(self.tables, rows.key("model", user_id, model_id), Model, decide)
        assert written is not None
        return written


def check_rule(model: Model, said: Json) -> Json:
    """Return a rule for the model: {positive, threshold, gains, why}.

    Args:
        model: the model.
        said: {threshold, positive?, gains?, why?}, each of its type; the positive class is the model's own if none is
            named.

    Raises:
        Invalid: `DECISION_NEEDS_TWO_CLASSES`, `UNKNOWN_POSITIVE_CLASS`.
    """
    labels = [str(label) for label in model.summary.get("classes", ())]
    if model.summary.get("task") != "binary" or len(labels) != 2:
        raise Invalid(
            "DECISION_NEEDS_TWO_CLASSES",
            f"A threshold decides between two labels; this is a {model.summary.get('task')} model.",
        )
    positive = said.get("positive") or model.summary.get("positive_class") or labels[1]
    if positive not in labels:
        raise Invalid(
            "UNKNOWN_POSITIVE_CLASS", f"The model has no label {positive!r}: it has {labels[0]!r} and {labels[1]!r}.",
            [{"field": "positive", "detail": "no label of the model"}],
        )  # fmt: skip
    gains = said.get("gains")
    return {
        "positive": positive,
        "threshold": said["threshold"],
        "gains": None if gains is None else {name: gains[name] for name in GAINS},
        "why": said.get("why", ""),
    }


def rule_of(model: Model) -> Json | None:
    """Return {positive, threshold} of the model's rule: what changes an answer; None if it has none."""
    return None if model.decision is None else answering(model.decision)


def answering(rule: Json) -> Json:
    """Return {positive, threshold} of a rule."""
    return {name: rule[name] for name in ("positive", "threshold")}
