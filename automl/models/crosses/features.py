"""Columns made of other columns: arithmetic pairs, crossed categories and their mean targets.

Trees split on one column at a time, and linear models add columns up: a ratio or a cross costs the former many splits,
each of which thins out the rows, and is beyond the latter.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module

import numpy as np
import numpy.typing as npt

from automl._typing import Array
from automl.models.base import FitData, TaskSpec, to_tree_matrix
from automl.models.crosses.probe import probe_gains
from automl.preprocessing.text_encoder import EncodedFeatures

MAX_NUMBERS = 6
"""Most important numeric columns, of which all pairs are tried."""
MAX_KEPT = 8
"""Pairs kept, those with the greatest gain."""
MAX_CATEGORIES = 3
"""Most important category columns that are crossed with each other."""
HIGH_LEVELS = 8
"""Levels beyond which a single category column gets its mean targets and counts too, the most important first."""
MAX_SINGLE_COLUMNS = 20
MAX_TABLE = 50_000
"""Maximum cells of one table of mean targets; larger crosses are left out."""
MAX_CLASSES = 10
"""Maximum classes: with more there would be too many means."""
MAX_PROBED = 30
"""Maximum classes for choosing pairs: with more even the small booster that chooses is too slow: nothing is made."""
SMOOTHING = 50.0
"""Rows of the overall mean that are mixed into each cell."""
N_ENCODING_FOLDS = 5
PROBE_ROWS = 10_000
PAIRS_COST = 6
"""How many times longer choosing pairs takes than the first probe."""

Operation = tuple[int, int, int]
"""Which numeric column, 0..3 for -, +, *, /, and with which other column."""


@dataclass(frozen=True)
class TargetMeanEncoding:
    """Mean targets and row counts of one category column or of two crossed.

    Attributes:
        columns: the one or two category columns.
        means: float32 of shape (levels + 2, ..., outputs): missing, the known levels, unseen.
        counts: float32 of shape (levels + 2, ...): logarithms of the rows that were there.
    """

    columns: tuple[int, ...]
    means: npt.NDArray[np.float32]
    counts: npt.NDArray[np.float32]

    @classmethod
    def fit(
        cls, columns: tuple[int, ...], sizes: tuple[int, ...], categorical: Array, outputs: Array
    ) -> TargetMeanEncoding:
        """Learn from category codes (n, q) and outputs (n, outputs); `sizes` are levels + 2."""
        cells = np.ravel_multi_index(_cells(columns, sizes, categorical), sizes)
        n_cells = int(np.prod(sizes))
        counts = np.bincount(cells, minlength=n_cells)
        sums = np.stack([np.bincount(cells, column, n_cells) for column in outputs.T], axis=1)
        means = (sums + SMOOTHING * outputs.mean(axis=0)) / (counts[:, None] + SMOOTHING)
        return cls(
            columns,
            means.astype(np.float32).reshape(*sizes, -1),
            np.log1p(counts).astype(np.float32).reshape(sizes),
        )

    def transform(self, categorical: Array) -> Array:
        """Convert category codes (n, q) to means of shape (n, outputs + 1)."""
        cells = _cells(self.columns, self.counts.shape, categorical)
        return np.column_stack([self.means[cells], self.counts[cells]])


@dataclass(frozen=True)
class FeatureCrosses:
    """What is added to the numeric columns of a table: first arithmetic pairs, then means."""

    pairs: tuple[Operation, ...]
    tables: tuple[TargetMeanEncoding, ...]
    is_truncated: bool = False
    """Whether pairs were not looked for, as the time was too short. Known after `fit`."""

    @classmethod
    def fit(cls, fold: FitData, problem: TaskSpec) -> tuple[FeatureCrosses, Array]:
        """Choose and learn on the training rows of a fold; also the new columns of those rows, (n, columns) float32.

        A training row's mean targets come from the other parts of the rows, or they would give its own target away.
        Where the time is too short for choosing, or a fit that had no time for it is repeated, there are no pairs.
        """
        table, y = fold.train, fold.y
        if problem.n_classes > MAX_PROBED:
            return cls((), ()), np.empty((len(table), 0), dtype=np.float32)
        rng = np.random.default_rng(problem.seed)
        rows = np.sort(rng.choice(len(table), min(len(table), PROBE_ROWS), replace=False))
        probe, y_probe = table.take(rows), y[rows]
        import_module("lightgbm")  # its seconds are not the table's
        started = time.monotonic()
        gains = probe_gains(to_tree_matrix(probe), y_probe, problem)
        now = time.monotonic()
        numbers = gains[: table.numeric_without_text.shape[1]]
        is_wanted = fold.repeat is None or fold.repeat.crosses
        in_time = (now - started) * PAIRS_COST < (fold.deadline - now) / 2
        pairs = _choose_pairs(probe, y_probe, numbers, problem) if is_wanted and in_time else ()
        outputs = _outputs(y, problem)
        columns = [arithmetic(table.numeric, pairs)]
        tables = []
        part = rng.permutation(len(table)) % N_ENCODING_FOLDS
        for group in _groups(table, gains[table.numeric.shape[1] :]) if outputs.shape[1] else ():
            sizes = tuple(len(table.categories[j]) + 2 for j in group)
            if np.prod(sizes) * outputs.shape[1] > MAX_TABLE:
                continue
            tables.append(TargetMeanEncoding.fit(group, sizes, table.categorical, outputs))
            column = tables[-1].transform(table.categorical)
            for one in range(N_ENCODING_FOLDS):
                held = part == one
                learnt = TargetMeanEncoding.fit(group, sizes, table.categorical[~held], outputs[~held])
                column[held, :-1] = learnt.transform(table.categorical[held])[:, :-1]
            columns.append(column)
        is_truncated = is_wanted and not in_time
        return cls(pairs, tuple(tables), is_truncated), np.concatenate(columns, axis=1, dtype=np.float32)

    def transform(self, table: EncodedFeatures) -> EncodedFeatures:
        """Return the table with the new columns after its numeric ones."""
        means = [each.transform(table.categorical) for each in self.tables]
        return append_numeric(table, arithmetic(table.numeric, self.pairs), *means)

    def input_columns(self, n_numeric: int) -> list[tuple[int, ...]]:
        """Return, for each new column, those of `to_tree_matrix` that it is made of.

        Args:
            n_numeric: numeric columns of the table before.
        """
        made: list[tuple[int, ...]] = [(i, j) for i, _, j in self.pairs]
        for each in self.tables:
            made += [tuple(n_numeric + j for j in each.columns)] * (each.means.shape[-1] + 1)
        return made

    def to_arrays(self) -> dict[str, Array]:
        """Return plain arrays, for an npz file."""
        arrays: dict[str, Array] = {"pairs": np.array(self.pairs, dtype=np.int32).reshape(-1, 3)}
        for i, each in enumerate(self.tables):
            arrays |= {f"columns{i}": np.array(each.columns), f"means{i}": each.means, f"counts{i}": each.counts}
        return arrays

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Array]) -> FeatureCrosses:
        """Restore the object from what `to_arrays` returned."""
        count = sum(name.startswith("columns") for name in arrays)
        tables = (
            TargetMeanEncoding(tuple(map(int, arrays[f"columns{i}"])), arrays[f"means{i}"], arrays[f"counts{i}"])
            for i in range(count)
        )
        pairs = tuple((int(a), int(operation), int(b)) for a, operation, b in arrays["pairs"])
        return cls(pairs, tuple(tables))


def arithmetic(numeric: Array, pairs: Sequence[Operation]) -> Array:
    """Compute pairs, float32 (n, pairs); what cannot be computed is missing."""
    made = np.empty((len(numeric), len(pairs)), dtype=np.float32)
    with np.errstate(all="ignore"):
        for column, (i, operation, j) in enumerate(pairs):
            a, b = numeric[:, i], numeric[:, j]
            made[:, column] = (a - b, a + b, a * b, a / b)[operation]
    made[~np.isfinite(made)] = np.nan
    return made


def append_numeric(table: EncodedFeatures, *made: Array) -> EncodedFeatures:
    """Return the table with more numeric columns."""
    return replace(table, numeric=np.concatenate([table.numeric, *made], axis=1, dtype=np.float32), n_vectors=0)


def _groups(table: EncodedFeatures, gains: Array) -> list[tuple[int, ...]]:
    """Return category columns with many levels, and pairs of the most important ones."""
    ranked = [int(j) for j in np.argsort(-gains, kind="stable")]
    alone: list[tuple[int, ...]] = [(j,) for j in ranked[:MAX_SINGLE_COLUMNS] if len(table.categories[j]) > HIGH_LEVELS]
    return alone + [(min(two), max(two)) for two in itertools.combinations(ranked[:MAX_CATEGORIES], 2)]


def _choose_pairs(table: EncodedFeatures, y: Array, gains: Array, problem: TaskSpec) -> tuple[Operation, ...]:
    """Choose the pairs that a small booster gains most from, given all of them and the columns themselves."""
    best = [int(j) for j in np.argsort(-gains, kind="stable")[:MAX_NUMBERS] if gains[j] > 0]
    pairs = [(i, operation, j) for i, j in itertools.combinations(best, 2) for operation in range(4)]
    if not pairs:
        return ()
    made = arithmetic(table.numeric, pairs)
    matrix = to_tree_matrix(table)
    gained = probe_gains(np.concatenate([made, matrix], axis=1), y, problem)[: len(pairs)]
    chosen = [int(i) for i in np.argsort(-gained, kind="stable")[:MAX_KEPT] if gained[i] > 0]
    return tuple(pairs[i] for i in chosen)


def _outputs(y: Array, problem: TaskSpec) -> Array:
    """Return the values to average, (n, outputs): the target, the second class, or each class but the last."""
    if problem.task == "regression":
        return np.asarray(y, dtype=np.float32)[:, None]
    if problem.n_classes > MAX_CLASSES:
        return np.empty((len(y), 0), dtype=np.float32)
    return np.eye(problem.n_classes, dtype=np.float32)[y][:, 1:]


def _cells(columns: tuple[int, ...], sizes: tuple[int, ...], categorical: Array) -> tuple[Array, ...]:
    return tuple(np.clip(categorical[:, j] + 1, 0, size - 1) for j, size in zip(columns, sizes, strict=True))
