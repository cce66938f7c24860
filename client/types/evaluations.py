"""Describe evaluations: models measured on labelled datasets."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .base import Record
from .models import Verdict
from .predictions import InputWarning
from .problem import Problem


@dataclass(frozen=True)
class MetricScore(Record):
    """Hold a score on labelled rows with its 95 % interval.

    Attributes:
        value: Value of the metric.
        low: Lower end of the interval, None where it cannot be told.
        high: Upper end of the interval.
        standard_error: Standard error of `value`.
        method: How the interval was found, in words.

    Example:
        >>> score = client.evaluate(model, dataset).metrics["auc"]
        >>> score.low <= score.value <= score.high
        True
    """

    value: float | None = None
    low: float | None = None
    high: float | None = None
    standard_error: float | None = None
    method: str = ""


@dataclass(frozen=True)
class Slice(Record):
    """Describe a group of rows, and how the model does there.

    Attributes:
        column: The column that makes the group, or two with a cross between.
        value: What stands in its rows.
        rows: Number of rows.
        metric: Score there.
        difference: How far it is from the score of all rows.
        p_adjusted: Probability of so large a difference by chance, for all slices together.
        worse: Whether it is worse than in all other rows, beyond chance.

    Example:
        >>> found = client.evaluate(model, dataset, slices=["day"])
        >>> {part.column for part in found.slices}
        {'day'}
    """

    column: str = ""
    value: str = ""
    rows: int = 0
    metric: MetricScore = MetricScore()
    difference: float | None = None
    p_adjusted: float | None = None
    worse: bool = False


@dataclass(frozen=True)
class Evaluation(Record):
    """Describe a model measured on a labelled dataset. Lists have no more than its headline.

    Attributes:
        id: Id of the evaluation.
        state: queued or running; at last succeeded or failed.
        name: Its name, in the user's words.
        model_id: Id of the model.
        dataset_id: Id of the dataset.
        endpoint: Name of the endpoint that was measured, None if it was a model.
        version: Number of the version that was measured.
        created_at: Time at which it was requested, in UTC.
        error: Why it failed, None if it did not.
        headline: The score in short, as {metric, value, low, high, z, title, ...}.
        metric: Name of the metric that the model was optimized for.
        rows: Number of labelled rows that are scored.
        metrics: Score by name of the metric.
        baseline: Score of the best constant prediction, by name of the metric.
        reported: What was promised at training, by name of the metric; `z` is how far the new rows are from it, below
            0 where they are predicted worse.
        verdict: What to think of it.
        overlap: How many rows stood in the training table.
        slices: Groups of rows, the worst first.
        fairness: Rates by group, by column that was named.
        input_warnings: What the model could not use of the rows.

    Example:
        >>> found = client.evaluate(model, dataset, name="The training table itself")
        >>> found.state, found.rows, found.metric
        ('succeeded', 244, 'auc')
        >>> found.overlap["rows_seen_in_training"]
        244
        >>> found.verdict.title
        'Not all of these rows are new to the model'
    """

    id: str
    state: str = "queued"
    name: str = ""
    model_id: str | None = None
    dataset_id: str | None = None
    endpoint: str | None = None
    version: int | None = None
    created_at: datetime | None = None
    error: Problem | None = None
    headline: dict[str, Any] | None = None
    metric: str = ""
    rows: int | None = None
    metrics: dict[str, MetricScore] = field(default_factory=dict)
    baseline: dict[str, MetricScore] = field(default_factory=dict)
    reported: dict[str, Any] = field(default_factory=dict)
    verdict: Verdict | None = None
    overlap: dict[str, Any] = field(default_factory=dict)
    slices: tuple[Slice, ...] = ()
    fairness: dict[str, Any] = field(default_factory=dict)
    input_warnings: tuple[InputWarning, ...] = ()

    @property
    def is_over(self) -> bool:
        """Return whether the state is final."""
        return self.state in {"succeeded", "failed", "cancelled"}
