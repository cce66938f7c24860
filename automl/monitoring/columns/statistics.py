"""How far two samples of one column are apart: a test of whether it is chance, and an effect of how much it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats
from scipy.spatial.distance import jensenshannon

from automl._typing import Array

MAX_EXACT = 1_000_000
"""Product of the samples' sizes up to which the Kolmogorov-Smirnov test is exact; beyond, its asymptotic form."""
MIN_ROWS = 10
"""Values on either side; of fewer nothing is said."""
MIN_EXPECTED = 5.0
"""Cells of a group that the smaller sample is expected to have: rarer labels, of either
side alike, are one group (Cochran 1954)."""
N_BINS = 10
MIN_SHARE = 1e-4


@dataclass(frozen=True)
class Comparison:
    """Two samples compared.

    Attributes:
        effect: how far they are apart, 0 not at all; None where there are too few values.
        statistic, p: of the test; p is how likely a statistic like this is by chance alone.
        psi: population stability index, told and used for nothing.
    """

    effect: float | None = None
    statistic: float | None = None
    p: float | None = None
    psi: float | None = None


def compare_numbers(reference: Array, now: Array) -> Comparison:
    """Compare by Kolmogorov and Smirnov, and by Wasserstein's distance in standard deviations of the reference.

    Args:
        reference: (m,) known values.
        now: (n,) known values.
    """
    if min(len(reference), len(now)) < MIN_ROWS:
        return Comparison()
    # Scaled first: the square of a huge number has none.
    largest = float(max(np.abs(reference).max(), np.abs(now).max())) or 1.0
    before, after = reference / largest, now / largest
    method = "auto" if len(before) * len(after) <= MAX_EXACT else "asymp"
    test = stats.ks_2samp(before, after, method=method)
    distance, spread = float(stats.wasserstein_distance(before, after)), float(before.std())
    # A column that never varied is a whole unit away as soon as it does.
    effect = distance / spread if spread > 0 else float(distance > 0)
    edges = np.unique(np.quantile(before, np.linspace(0, 1, N_BINS + 1)[1:-1]))
    groups = [np.bincount(np.searchsorted(edges, each), minlength=len(edges) + 1) for each in (before, after)]
    return Comparison(effect, float(test.statistic), float(test.pvalue), psi(*groups))


def compare_labels(reference: Array, now: Array) -> Comparison:
    """Compare by Pearson's chi² of the two samples, and by the Jensen-Shannon distance (natural logarithm).

    Args:
        reference: (k,) counts of the labels.
        now: (k,) counts of the same labels.
    """
    if min(reference.sum(), now.sum()) < MIN_ROWS:
        return Comparison()
    table = pool_rare(np.stack([reference, now]))
    if table.shape[1] < 2:
        return Comparison(0.0, 0.0, 1.0, 0.0)
    test = stats.chi2_contingency(table, correction=False)
    distance = float(jensenshannon(table[0], table[1]))
    return Comparison(distance if distance == distance else 0.0, float(test.statistic), float(test.pvalue), psi(*table))


def pool_rare(table: Array) -> Array:
    """Join the columns (2, k) of counts that are too rare for a chi² test into one; empty ones go."""
    both = table.sum(axis=0)
    smaller = float(table.sum(axis=1).min()) / max(float(both.sum()), 1.0)
    rare = both * smaller < MIN_EXPECTED
    joined = table[:, rare].sum(axis=1, keepdims=True)
    if rare.any() and joined.sum() * smaller < MIN_EXPECTED and not rare.all():
        # Too rare together as well: they join the least of the others.
        least = int(np.argmin(both[~rare]))
        kept = table[:, ~rare].copy()
        kept[:, least] += joined[:, 0]
        return np.asarray(kept)
    return np.asarray(np.hstack([table[:, ~rare], joined]) if joined.sum() else table[:, ~rare])


def psi(reference: Array, now: Array) -> float:
    """Return the population stability index of two rows of counts; an empty group counts as a share of 0.0001."""
    before = np.maximum(reference / reference.sum(), MIN_SHARE)
    after = np.maximum(now / now.sum(), MIN_SHARE)
    return float(((before - after) * np.log(before / after)).sum())


def adjust_p(p: Array) -> Array:
    """Adjust p-values of many tests so that of those found few are false (Benjamini and Hochberg 1995)."""
    return np.asarray(stats.false_discovery_control(p)) if len(p) else p
