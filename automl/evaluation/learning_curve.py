"""Learning curve: would more rows help? One model fitted on ever larger parts of the rows, scored on the same ones."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from automl.evaluation.to_json import to_json

SHARES = (1 / 16, 1 / 8, 1 / 4, 1 / 2)
MIN_ROWS = 30
COST_MARGIN = 1.3
"""Factor on the expected seconds of a fit: fits vary."""

ScoreWithError = tuple[float, float]
"""A score and its standard error, NaN if there is none."""


def learning_curve(
    whole: ScoreWithError,
    fit_and_score: Callable[[int], ScoreWithError | None],
    n_rows: int,
    *,
    fit_s: float,
    deadline: float,
) -> list[dict[str, Any]]:
    """Score the model on parts of the training rows: all, half … as long as time allows.

    Args:
        whole: what the model fitted on all rows scores, which the search has left.
        fit_and_score: fits on the first so many of the shuffled training rows and scores on the same held-back ones;
            None where time ended the fit early.
        n_rows: training rows there are.
        fit_s: seconds that a fit on all of them is expected to take.
        deadline: `time.monotonic()`; a fit that would end later is not begun, and one that did is not believed.

    Returns:
        `{rows, score, standard_error}` of each part, in order of size.
    """
    found = [(n_rows, whole)]
    # From all rows down: the last doubling says most.
    for size in sorted({int(n_rows * share) for share in SHARES if n_rows * share >= MIN_ROWS}, reverse=True):
        if time.monotonic() + fit_s * size / n_rows * COST_MARGIN > deadline:
            break
        started = time.monotonic()
        scored = fit_and_score(size)
        if scored is None or time.monotonic() > deadline:
            break
        found.append((size, scored))
        fit_s = (time.monotonic() - started) * n_rows / size
    points = [{"rows": size, "score": score, "standard_error": error} for size, (score, error) in found[::-1]]
    return list(to_json(points))


def gain_of_doubling(
    curve: Sequence[Mapping[str, Any]], greater_is_better: bool, standard_error: float | None
) -> tuple[float, bool] | None:
    """Return (gain of the last doubling of the rows, whether it is beyond chance); None if the curve is too short.

    The gain is positive where more rows were better, in units of the metric. As errors shrink by a power of the number
    of rows (Cortes et al. 1993), the next doubling is worth less than this.

    Args:
        curve: of `learning_curve`.
        greater_is_better: of the metric.
        standard_error: where the curve's points have none.
    """
    known = [point for point in curve if point["score"] is not None]
    if len(known) < 2:
        return None
    gain = float(known[-1]["score"] - known[-2]["score"]) * (1 if greater_is_better else -1)
    error = known[-1].get("standard_error") or standard_error
    return gain, error is None or gain > error
