"""Describe comparisons of models."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .base import Record
from .problem import Problem


@dataclass(frozen=True)
class Comparison(Record):
    """Describe a comparison of models on the same labelled rows.

    Attributes:
        id: Id of the comparison.
        name: Its name, None without one.
        dataset_id: Id of the labelled dataset.
        state: queued, running, succeeded or failed.
        error: Why it failed, None if it did not.
        created_at: Time at which it was asked for, in UTC.
        models: Of each {id, name, endpoint, version} and, once measured, metrics with intervals, latency, size.
        rows: Number of labelled rows.
        metric: Name of the metric by which the best is told.
        best: {id, as_good}: the model with the best score, and those that are not worse beyond chance.
        title: The verdict in a few words.
        pairs: Of each two models the differences of all metrics with intervals, and how far they agree.
        disagreement: Where they disagree most: {share, mean_spread, rows, groups}.
        verdict: {tone, title, sentences}.

    Example:
        >>> [comparison.name for comparison in client.comparisons()]
        []
    """

    id: str
    name: str | None = None
    dataset_id: str = ""
    state: str = ""
    error: Problem | None = None
    created_at: datetime | None = None
    models: tuple[dict[str, Any], ...] = ()
    rows: int | None = None
    metric: str = "auto"
    best: dict[str, Any] | None = None
    title: str | None = None
    pairs: tuple[dict[str, Any], ...] = ()
    disagreement: dict[str, Any] = field(default_factory=dict)
    verdict: dict[str, Any] = field(default_factory=dict)

    @property
    def is_over(self) -> bool:
        """Whether it has succeeded or failed."""
        return self.state in ("succeeded", "failed", "cancelled")
