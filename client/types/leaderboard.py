"""Describe the candidates for a model, best first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from .base import Record


@dataclass(frozen=True)
class LeaderboardEntry(Record):
    """Describe one candidate for the final model.

    Attributes:
        name: Name of the candidate, as `Client.download` takes it for `single`.
        score: Value of the model's metric.
        weight: Share of the vote in the ensemble, 0 to 1.
        fit_s: Seconds that fitting took.
        predict_ms_per_row: Milliseconds that the prediction of one row takes.
        left_out_reason: Why the candidate is not in the ensemble; None for those that are.
        folds: Number of folds that the score is the mean of.
        truncated_folds: Number of these whose fit time ended early; the score is that of such fits.

    Example:
        >>> round(sum(entry.weight for entry in model.leaderboard), 6)
        1.0
    """

    name: str
    score: float | None = None
    weight: float | None = None
    fit_s: float | None = None
    predict_ms_per_row: float | None = None
    left_out_reason: str | None = None
    folds: int | None = None
    truncated_folds: int = 0


class Leaderboard(tuple[LeaderboardEntry, ...]):
    """List the candidates for the final model, best first.

    Attributes:
        metric: Name of the metric that they are scored by.

    Example:
        >>> leaderboard = client.leaderboard(model)
        >>> leaderboard.metric
        'auc'
        >>> leaderboard[0].score >= leaderboard[-1].score
        True
    """

    metric: str

    def __new__(cls, entries: Iterable[LeaderboardEntry], metric: str = "") -> Self:
        """Make a leaderboard of `entries`, best first."""
        made = super().__new__(cls, entries)
        made.metric = metric
        return made

    def _repr_html_(self) -> str | None:
        return Record.html_renderer(self)
