"""Describe predictions: of rows, and of whole datasets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .base import Record
from .problem import Problem


@dataclass(frozen=True)
class InputWarning(Record):
    """Say what a model could not use of one column of the rows.

    Attributes:
        column: Name of the column.
        reason: UNSEEN_LABEL, UNREADABLE_VALUE, OUT_OF_RANGE, MISSING_VALUE, MISSING_COLUMN, KEY_NOT_FOUND or
            IGNORED_COLUMN.
        count: Number of rows.
        examples: Up to five different values.
        detail: The same as a sentence.

    Example:
        >>> found = client.predict(model, [{**guest, "day": "Someday"}])
        >>> [(warning.column, warning.reason) for warning in found.warnings]
        [('day', 'UNSEEN_LABEL')]
    """

    column: str = ""
    reason: str = ""
    count: int = 0
    examples: tuple[str, ...] = ()
    detail: str = ""


@dataclass(frozen=True)
class Predictions(Record):
    """Hold the predictions of the rows of one request, in their order.

    Attributes:
        predictions: One prediction a row: a label as in the CSV (str), or a number (float).
        probabilities: Probability by class, one mapping a row; None for a regression.
        explanations: Contribution by column, one mapping a row; None unless `explain` was set. With the row's entry
            of `explanation_bases` the contributions add up to the predicted value.
        explanation_bases: Value without the row's cells, one a row.
        explanation_unit: `target` (contributions add up to the prediction) or `probability` (to the probability
            of the predicted class).
        warnings: What could not be used of the rows, by column.
        decision: Rule by which labels were answered, as {positive, threshold}; None if the model has none.
        decisions: The rule of each row; empty unless versions with different rules have answered.
        prediction_ids: Id of each prediction; only of an endpoint.
        version: Number of the version that answered the first row; None unless it was an endpoint.
        alias: The alias by which that version was chosen, None if it was by its number.
        versions: The version of each row; empty where one has answered all.
        aliases: The alias of each row; empty where one version has answered all.

    Example:
        >>> found = client.predict(model, [guest], explain=True)
        >>> probability = found.probabilities[0][found.predictions[0]]
        >>> explained = found.explanation_bases[0] + sum(found.explanations[0].values())
        >>> abs(explained - probability) < 1e-6
        True
    """

    predictions: tuple[Any, ...] = ()
    probabilities: tuple[dict[str, float], ...] | None = None
    explanations: tuple[dict[str, Any], ...] | None = None
    explanation_bases: tuple[float, ...] | None = None
    explanation_unit: str | None = None
    warnings: tuple[InputWarning, ...] = ()
    decision: dict[str, Any] | None = None
    decisions: tuple[dict[str, Any] | None, ...] = ()
    prediction_ids: tuple[str, ...] = ()
    version: int | None = None
    alias: str | None = None
    versions: tuple[int, ...] = ()
    aliases: tuple[str | None, ...] = ()


@dataclass(frozen=True)
class StoredPrediction(Record):
    """Describe the prediction of a whole dataset, made by a worker and kept on the server.

    Attributes:
        id: Id of the prediction.
        model_id: Id of the model.
        dataset_id: Id of the dataset.
        state: queued, running or cancelling; at last succeeded, failed or cancelled.
        rows: Number of rows predicted.
        size_bytes: Size of the predicted CSV.
        sha256: SHA-256 of the predicted CSV in hex.
        created_at: Time at which it was queued, in UTC.
        warnings: What could not be used of the rows, by column; empty until it has succeeded.
        error: Why it failed, None if it did not.

    Example:
        >>> stored = client.predict_stored(model, dataset)
        >>> stored.state, stored.rows
        ('succeeded', 244)
        >>> client.download_prediction(model, stored, "predicted.csv")
        PosixPath('predicted.csv')
        >>> client.delete_prediction(model, stored)
    """

    id: str
    model_id: str | None = None
    dataset_id: str | None = None
    state: str = "queued"
    rows: int | None = None
    size_bytes: int | None = None
    sha256: str | None = None
    created_at: datetime | None = None
    warnings: tuple[InputWarning, ...] = ()
    error: Problem | None = None

    @property
    def is_over(self) -> bool:
        """Return whether the state is final."""
        return self.state in {"succeeded", "failed", "cancelled"}
