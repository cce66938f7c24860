"""Rows that come more than once: copies of a row on both sides of a split would make a model look good at remembering.

Rows of a table with few distinct values repeat each other by chance, and no more than new rows will. They are no
copies: kept together, they would have the model judged on combinations that it never sees.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from automl._typing import Array
from automl.preprocessing.features import Features

MIN_PURE_SHARE = 0.95
"""Minimum share of the repeated combinations of features that come with one target only, if rows are copies."""
MIN_RATIO = 3.0
"""How many times more often than by chance rows must be equal, if rows are copies."""
MAX_SHARE = 0.1
"""Maximum share of the rows that may be copies of one row: folds could not be cut otherwise."""
MIN_DISTINCT_SHARE = 0.25
"""Minimum share of distinct rows, where a single column leaves nothing to compare chance with."""
SAMPLE_ROWS = 20_000


@dataclass(frozen=True)
class RepeatedRows:
    """Rows that are equal in all features.

    Attributes:
        codes: (n,) the same for equal rows.
        n_repeated: rows that repeat an earlier one in features and target.
        are_copies: whether they are more than chance makes of such columns, so that they must stand on one side.
    """

    codes: npt.NDArray[np.int64]
    n_repeated: int
    are_copies: bool


def find_repeated_rows(features: Features, y: Array) -> RepeatedRows:
    """Find equal rows, and judge whether they are copies.

    Args:
        features: n cleaned rows.
        y: (n,) their target.
    """
    columns = [*features.numeric.T, *features.categorical.T, *features.text]
    codes = pd.factorize(_hash_rows(columns))[0].astype(np.int64)
    with_target = pd.factorize(_hash_rows([codes, y]))[0]
    n_repeated = len(y) - int(with_target.max(initial=-1)) - 1
    each = (chance_of_equals(column) for column in columns) if n_repeated else ()
    chances = [chance for chance in each if chance is not None]
    return RepeatedRows(codes, n_repeated, bool(n_repeated) and are_copies(codes, with_target, chances))


def are_copies(codes: npt.NDArray[np.int64], with_target: npt.NDArray[np.int64], chances: Sequence[float]) -> bool:
    """Return whether rows repeat more often than chance makes of such columns.

    Args:
        codes: (n,) 0 and up, the same for rows that are equal in all features.
        with_target: (n,) the same for rows that are equal in features and target.
        chances: of each column that varies, what `chance_of_equals` says.
    """
    n = len(codes)
    size = np.bincount(codes)
    n_targets = np.bincount(codes[np.unique(with_target, return_index=True)[1]], minlength=len(size))
    if (n_targets[size > 1] == 1).mean() < MIN_PURE_SHARE or size.max() > max(2, MAX_SHARE * n):
        return False
    if len(chances) == 1:
        return len(size) >= MIN_DISTINCT_SHARE * n
    by_chance = np.prod(chances)
    return bool((size * (size - 1.0)).sum() > MIN_RATIO * by_chance * n * (n - 1.0))


def chance_of_equals(column: Array) -> float | None:
    """Return the share of pairs of cells that are equal; None of a column that does not vary."""
    if pd.factorize(column[:SAMPLE_ROWS])[0].max(initial=0) <= 0:
        return None
    counts = np.bincount(pd.factorize(column[:: -(-len(column) // SAMPLE_ROWS)])[0] + 1).astype(np.float64)
    n = counts.sum()
    return float((counts * (counts - 1)).sum() / max(n * (n - 1), 1.0))


def _hash_rows(columns: list[Array]) -> npt.NDArray[np.uint64]:
    """Hash each row (n,), equal for equal rows."""
    total = np.zeros(len(columns[0]) if columns else 0, dtype=np.uint64)
    for column in columns:
        hashed = pd.util.hash_array(np.ascontiguousarray(column), categorize=False)
        total = total * np.uint64(1_000_003) + hashed.astype(np.uint64)
    return total
