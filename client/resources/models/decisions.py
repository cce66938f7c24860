"""Choose from which probability on a model answers its positive label."""

from __future__ import annotations

from collections.abc import Mapping

from ...types.decisions import DecisionCurve
from ...types.models import Model
from .._base import Resource, options_given, resource_path


class DecisionResource(Resource):
    """Group the calls about decision rules of binary models."""

    def decision(
        self,
        model: str | Model,
        *,
        tp: float | None = None,
        fp: float | None = None,
        fn: float | None = None,
        tn: float | None = None,
        positive: str | None = None,
    ) -> DecisionCurve:
        """Return what each threshold of a model earns, by what its predictions are worth; negative is a cost.

        Without any of the four they are those of the model's rule; without a rule each error costs 1.

        Args:
            model: The model, or its id.
            tp: What a hit is worth: a row of the positive label that is called so. None is 0, so of the others.
            fp: What a false alarm is worth.
            fn: What a miss is worth.
            tn: What a row rightly passed over is worth.
            positive: The label that is called from a threshold on; None is the model's positive class.

        Raises:
            Conflict: Nothing was kept of the rows that the model was trained on.
            NotFound: There is no such model.
            ValidationFailed: It has no two labels, or these worths make one answer the best for all rows.

        Example:
            >>> curve = client.decision(model, tp=10, fp=-1)
            >>> client.set_decision(model, curve.best.threshold, gains=curve.gains).decision.gains["tp"]
            10.0
            >>> client.clear_decision(model)
        """
        params = options_given(tp=tp, fp=fp, fn=fn, tn=tn, positive=positive)
        path = resource_path("models", model, "decision")
        return DecisionCurve.from_json(self._transport.fetch("GET", path, params=params))

    def set_decision(
        self,
        model: str | Model,
        threshold: float,
        *,
        positive: str | None = None,
        gains: Mapping[str, float] | None = None,
        why: str = "",
    ) -> Model:
        """Have a model answer its positive label where its probability is at least a threshold.

        Every way of predicting answers by it, files that are downloaded too. Probabilities and scores stay as they are,
        and so do versions that were registered before.

        Args:
            model: The model, or its id.
            threshold: A probability between 0 and 1, both excluded.
            positive: The label that is answered; None is the model's positive class.
            gains: What it was chosen by, as {tp, fp, fn, tn}; it is kept with the rule.
            why: Why, in words.

        Returns:
            The model as it is now.

        Raises:
            NotFound: There is no such model.
            ValidationFailed: The model has no two labels, or not this one.
        """
        body = options_given(
            threshold=threshold, positive=positive, gains=dict(gains) if gains else None, why=why or None
        )
        answer = self._transport.fetch("PUT", resource_path("models", model, "decision"), json_body=body)
        return Model.from_json(answer)

    def clear_decision(self, model: str | Model) -> None:
        """Have a model answer as it was trained.

        Raises:
            NotFound: There is no such model.
        """
        self._transport.send("DELETE", resource_path("models", model, "decision"))
