"""What the server answers about models and predictions, as frozen dataclasses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from .base import Record
from .records import Problem


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
