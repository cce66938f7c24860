"""Are the rows new to the model? Rows of its training show what it remembers, not what it can do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from automl.evaluation.intervals import score_interval
from automl.model_evaluation.slices import ScoredRows
from automl.reference import RowDigests

NO_DIGESTS = "The model keeps no digests of its training rows."
MIN_ROWS = 20
"""Minimum rows that are new for a score of them alone."""


SEEN_SHARE = 0.01
"""Share of rows seen in training, beyond those that are alike by chance, from which a score is no test of skill."""


def seen_rows(frame: pd.DataFrame, digests: RowDigests) -> dict[str, Any]:
    """Return `{rows_seen_in_training, share, by_chance, sampled}` of raw rows; `overlap` says what they are."""
    count = digests.count_seen(frame)
    return {
        "rows_seen_in_training": count,
        "share": count / len(frame),
        "by_chance": digests.alike_share,
        "sampled": digests.sampled,
    }


def is_remembered(seen: Mapping[str, Any]) -> bool:
    """Return whether more rows stood in the training table than are alike by chance."""
    return seen["rows_seen_in_training"] is not None and bool(seen["share"] > seen["by_chance"] + SEEN_SHARE)


def overlap(frame: pd.DataFrame, scored: ScoredRows, digests: RowDigests | None, seed: int) -> dict[str, Any]:
    """Tell how many rows stood in the training table, and how the model does on the others.

    Args:
        frame: the rows, raw.
        scored: the same, with truth and prediction.
        digests: of the training rows; None of a model that keeps none.
        seed: of the interval's resamples.

    Returns:
        `{rows_seen_in_training, share, by_chance, sampled, unseen}`: by_chance is the share of training rows that are
        like another one, as so many new rows would be, too; unseen is `{rows, value, low, high}` of the rows that
        are new, None where all are or too few. `{rows_seen_in_training: None, why}` without digests.
    """
    if digests is None:
        return {"rows_seen_in_training": None, "sampled": None, "why": NO_DIGESTS}
    seen = digests.find_seen(frame)
    return {**seen_rows(frame, digests), "unseen": _score(scored.of(~seen), seed) if seen.any() else None}


def _score(part: ScoredRows, seed: int) -> dict[str, Any] | None:
    value = part.score() if len(part.y) >= MIN_ROWS else None
    if value is None:
        return None
    interval = score_interval(part.metric, part.y, part.prediction, seed=seed)
    return {"rows": len(part.y), "value": value, "low": interval.low, "high": interval.high}
