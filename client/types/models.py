"""Describe models: their scores, their leaderboard, and what matters to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from .base import Record
from .decisions import DecisionRule
from .leaderboard import LeaderboardEntry
from .problem import Problem


@dataclass(frozen=True)
class Feature(Record):
    """Describe one column that a model reads.

    Attributes:
        name: Name of the column.
        type: number, category, boolean, date or text.
        required: Whether at least one row of a request must have it.
        choices: The values that were seen in training, of a category.
        range: The least and the greatest value seen in training, of a number.

    Example:
        >>> {feature.name for feature in model.features} <= {column.name for column in dataset.columns}
        True
    """

    name: str
    type: str | None = None
    required: bool = False
    choices: tuple[Any, ...] | None = None
    range: tuple[Any, ...] | None = None


@dataclass(frozen=True)
class Score(Record):
    """Hold the value of a metric and how far to trust it.

    Attributes:
        mean: Value of the metric on rows that the model had not seen.
        standard_error: Standard error of `mean`, in the same unit.
        method: How it was measured, in words.

    Example:
        >>> score = model.scores.reported["auc"]
        >>> 0.0 <= score.mean <= 1.0
        True
    """

    mean: float | None = None
    standard_error: float | None = None
    method: str | None = None

    @classmethod
    def from_json(cls, data: Any) -> Self:
        """Make the record from an object, or from a bare number: a score without an error bar, as a baseline's."""
        return cls(mean=float(data)) if isinstance(data, int | float) else super().from_json(data)


@dataclass(frozen=True)
class Scores(Record):
    """Hold the scores of a model beside those of the baseline.

    Attributes:
        reported: Score of the model, by name of the metric.
        baseline: Score of a model that always predicts the same, by name of the metric.

    Example:
        >>> model.scores.baseline["auc"].mean
        0.5
    """

    reported: dict[str, Score] = field(default_factory=dict)
    baseline: dict[str, Score] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict(Record):
    """Judge a model in words.

    Attributes:
        tone: good, fair or poor.
        title: The judgement in a few words.
        sentences: The judgement in full.
        skill: Share of the way from the baseline to a perfect score, 0 to 1.

    Example:
        >>> model.verdict.tone in {"good", "fair", "poor"}
        True
    """

    tone: str = "fair"
    title: str = ""
    sentences: tuple[str, ...] = ()
    skill: float | None = None


@dataclass(frozen=True)
class Note(Record):
    """Give one reason to trust the scores, or not to.

    Attributes:
        tone: `good` for a reason to trust them, `fair` or `poor` for one against.
        text: The reason.

    Example:
        >>> {note.tone for note in model.trust} <= {"good", "fair", "poor"}
        True
    """

    tone: str = "fair"
    text: str = ""


@dataclass(frozen=True)
class Importance(Record):
    """Measure how much a feature matters to the model.

    Attributes:
        feature: Name of the column.
        importance: Loss of score when the column's values are shuffled.

    Example:
        >>> model.importance[0].importance >= model.importance[-1].importance
        True
    """

    feature: str
    importance: float | None = None


@dataclass(frozen=True)
class DataAction(Record):
    """Describe what was done with a column before training.

    Attributes:
        column: Name of the column, None if it concerns the whole table.
        action: What was done.
        why: Why it was done.

    Example:
        >>> {action.column for action in model.data_actions} <= {column.name for column in dataset.columns}
        True
    """

    column: str | None = None
    action: str = ""
    why: str = ""


@dataclass(frozen=True)
class Model(Record):
    """Describe a model.

    Attributes:
        id: Id of the model.
        job_id: Id of the job that made it; None if it was uploaded.
        dataset_id: Id of the dataset it learned from; None if it was uploaded.
        origin: `trained` on the server, or `uploaded`.
        state: `ready`; of an uploaded one also `checking` or `rejected`.
        error: Why it was rejected, None if it was not.
        name: Its name, None without one.
        note: What its owner says of it.
        tags: Its tags, as name to value.
        decision: Rule by which it answers one of its two labels, None if it answers as it was trained.
        target: Name of the column that it predicts.
        task: binary, multiclass or regression.
        metric: Name of the metric that was optimized.
        created_at: Time at which it was made, in UTC.
        size_bytes: Size of its bundle.
        sha256: SHA-256 of its bundle in hex.
        features: The columns that it reads.
        example: A row of the training data, as column to value.
        target_unit: Unit of the numbers that it predicts, None where the table does not say it.
        classes: The labels that it predicts; None for a regression.
        positive_class: Of two classes the one that binary metrics count.
        positive_class_rule: Why it is this one, in words.
        scores: Scores of the model and of the baseline.
        verdict: What to think of it.
        trust: Reasons to trust the scores, and not to.
        leaderboard: The candidates, best first.
        importance: The columns that matter, most important first.
        data_actions: What was done with the columns before training.
        warnings: Sentences about what may be wrong.

    Example:
        >>> model.task, model.classes
        ('binary', ('No', 'Yes'))
        >>> "total_bill" in [feature.name for feature in model.features]
        True
    """

    id: str
    job_id: str | None = None
    dataset_id: str | None = None
    origin: str = "trained"
    state: str = "ready"
    error: Problem | None = None
    name: str | None = None
    note: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    target: str = ""
    task: str = ""
    metric: str = ""
    created_at: datetime | None = None
    size_bytes: int | None = None
    sha256: str | None = None
    features: tuple[Feature, ...] = ()
    example: dict[str, Any] = field(default_factory=dict)
    classes: tuple[str, ...] | None = None
    positive_class: str | None = None
    positive_class_rule: str = ""
    target_unit: str | None = None
    scores: Scores = Scores()
    verdict: Verdict | None = None
    trust: tuple[Note, ...] = ()
    leaderboard: tuple[LeaderboardEntry, ...] = ()
    importance: tuple[Importance, ...] = ()
    data_actions: tuple[DataAction, ...] = ()
    warnings: tuple[Any, ...] = ()
    decision: DecisionRule | None = None

    @property
    def is_over(self) -> bool:
        """Whether it is known if it can be served."""
        return self.state != "checking"
