"""Segments that must not worsen: in which groups of rows is the challenger worse than the champion, beyond chance?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from scipy import stats

from automl._typing import Array
from automl.errors import SpecError
from automl.model_evaluation.comparison.comparison import Measured
from automl.model_evaluation.comparison.paired_bootstrap import adjust_p, resample_scores
from automl.model_evaluation.groups import Grouping, RowGroup, group_rows
from automl.model_evaluation.slices import MIN_ROWS, ScoredRows, says_something
from automl.preprocessing.columns.table_stats import compute_table_stats

N_RESAMPLES = 300


def compare_segments(
    measured: Measured, columns: Sequence[str], confidence: float, clusters: Array | None, seed: int
) -> list[dict[str, Any]]:
    """Compare champion and challenger, the first and the second model, in each group of rows.

    Args:
        measured: both on the same rows.
        columns: whose groups are looked at.
        confidence: that a group is worse.
        clusters: (m,) of rows that are not independent; None where all are.
        seed: of the resamples.

    Returns:
        `{column, value, rows, champion, challenger, gain, p, p_adjusted, worse}`, the worst first; p, of the challenger
        being no worse and adjusted for how many groups there are, is None where a group is too small to tell.

    Raises:
        SpecError: SEGMENT_COLUMN_NOT_FOUND, SEGMENT_WITHOUT_GROUPS.
    """
    found = [_segment(measured, group, clusters, seed) for group in _groups(measured, columns)]
    compared = [each for each in found if each["p"] is not None]
    for each, p in zip(compared, adjust_p([each["p"] for each in compared]), strict=True):
        each["p_adjusted"], each["worse"] = p, bool(p < 1 - confidence)
    return sorted(found, key=lambda each: (each["p_adjusted"] is None, each["p_adjusted"] or 0.0, each["p"] or 0.0))


def _groups(measured: Measured, columns: Sequence[str]) -> Iterator[RowGroup]:
    frame = measured.rows.frame
    if missing := [name for name in columns if name not in frame.columns]:
        raise SpecError(
            "SEGMENT_COLUMN_NOT_FOUND",
            f"The table has no column {missing[0]!r}, in whose groups the model must not worsen.",
            "Name columns of the table.",
            column=missing[0],
        )
    # All columns are looked at, as what one leaves open of its reading others decide.
    about = compute_table_stats(frame, measured.options or {}) if columns else {}
    for name in dict.fromkeys(columns):
        grouping = group_rows(frame[name], about[name])
        if not isinstance(grouping, Grouping):
            raise SpecError(
                "SEGMENT_WITHOUT_GROUPS",
                f"The column {name!r} makes no groups in which the model must not worsen: {grouping}.",
                "Name columns of labels, numbers or dates.",
                column=name,
            )
        yield from grouping


def _segment(measured: Measured, group: RowGroup, clusters: Array | None, seed: int) -> dict[str, Any]:
    goal, rows, sign = measured.goal, group.rows, 1.0 if measured.goal.greater_is_better else -1.0
    y, answers = measured.rows.y[rows], [each[rows] for each in measured.answers(goal)]
    parts = [ScoredRows(goal, y, each) for each in answers]
    champion, challenger = (part.score() for part in parts)
    known = champion is not None and challenger is not None
    entry: dict[str, Any] = {
        "column": group.column, "value": group.value, "rows": len(rows),
        "champion": champion, "challenger": challenger,
        "gain": sign * (challenger - champion) if champion is not None and challenger is not None else None,
        "p": None, "p_adjusted": None, "worse": False,
    }  # fmt: skip
    if not known or len(rows) < MIN_ROWS or not says_something(parts[0]):
        return entry
    together = None if clusters is None else clusters[rows]
    models = [{goal.name: each} for each in answers]
    drawn = resample_scores([goal], y, models, clusters=together, seed=seed, n_resamples=N_RESAMPLES)
    difference = drawn.difference(1, 0, 0)
    if np.isfinite(difference.standard_error):
        entry["p"] = _p_of_no_worse(sign * difference.value, difference.standard_error, drawn.n_units)
    return entry


def _p_of_no_worse(gain: float, error: float, n: int) -> float:
    """Return how likely so low a gain would be if the challenger were no worse."""
    if error == 0:
        return 1.0 if gain >= 0 else 0.0
    return float(stats.t.cdf(gain / error, max(n - 1, 1)))
