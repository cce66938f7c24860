"""The records of models."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from .base import Record


@dataclass(frozen=True)
class Feature(Record):
    """One column that a model reads. `required`: at least one row of a request must name it."""

    name: str
    type: str | None = None
    required: bool = False
    choices: tuple[Any, ...] | None = None
    range: tuple[Any, ...] | None = None


@dataclass(frozen=True)
class Score(Record):
    """A metric's value and how far to trust it."""

    mean: float | None = None
    standard_error: float | None = None
    method: str | None = None

    @classmethod
    def from_json(cls, data: Any) -> Self:
        """A bare number is a score without an error bar (a baseline's, say)."""
        return cls(mean=float(data)) if isinstance(data, int | float) else super().from_json(data)


@dataclass(frozen=True)
class Scores(Record):
    """Metric name to score: of the model (`reported`), and of always guessing the same (`baseline`)."""

    reported: dict[str, Score] = field(default_factory=dict)
    baseline: dict[str, Score] = field(default_factory=dict)


@dataclass(frozen=True)
class LeaderboardEntry(Record):
    """One candidate of the final model; `weight` is its share of the vote."""

    name: str
    score: float | None = None
    weight: float | None = None
    fit_s: float | None = None
    predict_ms_per_row: float | None = None


class Leaderboard(tuple[LeaderboardEntry, ...]):
    """The candidates, best first; `metric` is what they are scored by."""

    metric: str

    def __new__(cls, entries: Iterable[LeaderboardEntry], metric: str = "") -> Self:
        made = super().__new__(cls, entries)
        made.metric = metric
        return made

    def _repr_html_(self) -> str | None:
        return Record.html_renderer(self)


@dataclass(frozen=True)
class Verdict(Record):
    """What to think of a model: `tone` is good, fair or poor; `skill` the share of the way from always guessing the
    same to a perfect score."""

    tone: str = "fair"
    title: str = ""
    sentences: tuple[str, ...] = ()
    skill: float | None = None


@dataclass(frozen=True)
class Note(Record):
    """One point for (`tone` good) or against (fair, poor) trusting the scores."""

    tone: str = "fair"
    text: str = ""


@dataclass(frozen=True)
class Importance(Record):
    """How much a feature matters to the model."""

    feature: str
    importance: float | None = None


@dataclass(frozen=True)
class DataAction(Record):
    """What was done with a column before training, and why."""

    column: str | None = None
    action: str = ""
    why: str = ""


@dataclass(frozen=True)
class Model(Record):
    """A trained model."""

    id: str
    job_id: str | None = None
    dataset_id: str | None = None
    target: str = ""
    task: str = ""
    metric: str = ""
    created_at: datetime | None = None
    size_bytes: int | None = None
    sha256: str | None = None
    features: tuple[Feature, ...] = ()
    classes: tuple[str, ...] | None = None
    scores: Scores = Scores()
    verdict: Verdict | None = None
    trust: tuple[Note, ...] = ()
    leaderboard: tuple[LeaderboardEntry, ...] = ()
    importance: tuple[Importance, ...] = ()
    data_actions: tuple[DataAction, ...] = ()
    warnings: tuple[Any, ...] = ()
