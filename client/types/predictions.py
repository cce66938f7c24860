"""The records of predictions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .base import Record
from .problem import Problem


@dataclass(frozen=True)
class Predictions(Record):
    """The answer to rows, in their order: labels as in the CSV (str), or numbers (float).

    `probabilities` (classification): per row class -> probability. `explanations`, when asked for: per row
    column -> contribution; with the row's entry of `explanation_bases` they add up to the prediction
    (`explanation_unit` is "target") or to the predicted class's probability ("probability").
    """

    predictions: tuple[Any, ...] = ()
    probabilities: tuple[dict[str, float], ...] | None = None
    explanations: tuple[dict[str, Any], ...] | None = None
    explanation_bases: tuple[float, ...] | None = None
    explanation_unit: str | None = None
    warnings: tuple[Any, ...] = ()


@dataclass(frozen=True)
class StoredPrediction(Record):
    """A whole dataset predicted by a worker and kept on the server. States as a job's."""

    id: str
    model_id: str | None = None
    dataset_id: str | None = None
    state: str = "queued"
    rows: int | None = None
    size_bytes: int | None = None
    sha256: str | None = None
    created_at: datetime | None = None
    error: Problem | None = None

    @property
    def is_over(self) -> bool:
        """Whether the state is final."""
        return self.state in {"succeeded", "failed", "cancelled"}
