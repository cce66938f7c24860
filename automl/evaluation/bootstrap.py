"""How far chance in the rows moves a score: its standard error, by the bootstrap."""

from __future__ import annotations

import numpy as np

from automl.metrics import Array, Metric


def bootstrap_standard_error(
    chosen: Metric,
    y: Array,
    prediction: Array,
    *,
    n_resamples: int = 200,
    seed: int = 0,
    groups: Array | None = None,
) -> float:
    """Standard error of the score: the spread of it over rows drawn with replacement (Efron 1979).

    Resamples on which the metric is undefined (a class did not get drawn) are left out; NaN when fewer than
    two remain. Beyond 20,000 rows resamples of 20,000 rows stand in, rescaled by the square root of the ratio
    (m out of n bootstrap). With `groups`, labels (n,), whole groups are drawn: their rows err alike (Field and
    Welsh 2007, the cluster bootstrap).
    """
    truth, guess = np.asarray(y), np.asarray(prediction)
    n = len(truth)
    if n < 2:
        return float("nan")
    members: list[Array] = []
    if groups is not None:
        sizes = np.unique(groups, return_counts=True)[1]
        members = np.split(np.argsort(groups, kind="stable"), np.cumsum(sizes)[:-1])
    m = min(n, 20_000) if groups is None else n
    rng = np.random.default_rng(seed)
    scores = []
    for _ in range(n_resamples):
        if groups is None:
            rows = rng.integers(0, n, m)
        else:
            rows = np.concatenate([members[each] for each in rng.integers(0, len(members), len(members))])
        scores.append(chosen.score(truth[rows], guess[rows]))
    values = np.array([each for each in scores if np.isfinite(each)])
    return float(values.std(ddof=1) * np.sqrt(m / n)) if len(values) > 1 else float("nan")
