"""One trial of the search: a family with parameters, and what became of it. Plain data, JSON both ways."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from typing import Any

STATES = ("running", "complete", "pruned", "failed", "stopped")


@dataclass
class Trial:
    """One trial.

    Attributes:
        number: position in the search, from 0.
        model: family.
        params: its parameters, all of them.
        state: running, complete, pruned (far behind after one fold), failed (an error), stopped (out of time).
        score: mean of the metric over the folds, as the metric is usually given (a loss is positive).
        fold_scores: the metric on each finished fold where it is defined.
        folds: how many folds it was to have.
        fit_s, predict_s: seconds spent on all folds together.
        row_ms: milliseconds the prediction of a single row takes, all fold models together.
        rounds: mean number of iterations over the folds, for iterative families.
        truncated_folds: how many of the finished folds' fits time ended early: the score is theirs, not what the
            parameters can do.
        started_at: RFC 3339, UTC.
        reason: why it ended as it did, where that needs words.
    """

    number: int
    model: str
    params: dict[str, Any]
    state: str = "running"
    score: float | None = None
    fold_scores: list[float] = field(default_factory=list)
    folds: int = 0
    fit_s: float = 0.0
    predict_s: float = 0.0
    row_ms: float = 0.0
    rounds: int | None = None
    truncated_folds: int = 0
    started_at: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="milliseconds"))
    reason: str = ""

    @property
    def name(self) -> str:
        """As it stands on the leaderboard."""
        return f"{self.model}-{self.number}"

    @property
    def is_baseline(self) -> bool:
        """Whether it is the constant, which says the same of every row: what there is when all else fails."""
        return self.model == "constant"

    @property
    def is_truncated(self) -> bool:
        """Whether its score is of fits that time ended early, not to be compared with those of whole ones."""
        return self.truncated_folds > 0

    def to_json(self) -> dict[str, Any]:
        """Return a dictionary of JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Trial:
        """Restore the object from what `to_json` returned; fields of a later version are ignored."""
        known = {each.name for each in fields(cls)}
        return cls(**{key: value for key, value in data.items() if key in known})
