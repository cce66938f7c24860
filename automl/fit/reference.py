"""Draw the reference of a fit: rows of its table, with the out-of-fold output of the blend that was made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from automl._typing import Array
from automl.ensemble.selection import Ensemble
from automl.fit.prepare import PreparedData
from automl.preprocessing.preprocessor import columns_by_name
from automl.reference.plain_cells import plain_cells
from automl.reference.reference import Reference
from automl.reference.row_digests import RowDigests
from automl.search.training_set import TrainingSet

MAX_ROWS = 20_000
MAX_CELLS = 4_000_000
MAX_BYTES = 64 << 20
"""A reference has rows until it reaches one of these: it is to cost a fit neither time nor memory."""
PROBE_ROWS = 500
"""Rows by which the bytes of all are estimated."""


@dataclass(frozen=True)
class OutOfFold:
    """What the final blend says of rows that its models have not seen.

    Attributes:
        rows: (m,) places among the training rows.
        output: (m, k) calibrated probabilities, or values (m,).
        fold: (m,) of the validated part that each row is in.
        class_multipliers: k factors of the probabilities when the blend chooses a class.
    """

    rows: Array
    output: Array
    fold: npt.NDArray[np.int16]
    class_multipliers: tuple[float, ...]


def out_of_fold_output(training: TrainingSet, choice: Ensemble) -> OutOfFold:
    """Return the ensemble's output for all validated rows."""
    fold = np.zeros(len(training.y), dtype=np.int16)
    for index, (_, valid) in enumerate(training.trial_splits):
        fold[valid] = index
    rows, output = training.validation_rows, choice.output([entry.predictions for entry in choice.entries])
    output = np.asarray(output, dtype=np.float64)
    output = output if output.ndim == 1 else output / output.sum(axis=1, keepdims=True)
    return OutOfFold(rows, output, fold[rows], tuple(map(float, choice.class_multipliers)))


def draw_reference(frame: pd.DataFrame, prepared: PreparedData, found: OutOfFold, seed: int) -> Reference:
    """Draw validated rows at random, as many as the limits allow.

    Args:
        frame: the table that was given to the fit.
        prepared: what was made of it.
        found: the out-of-fold output.
        seed: of the draw.
    """
    used = set(_names(prepared))
    columns = {name: cells for name, cells in columns_by_name(frame).items() if name in used}
    labels = list(prepared.target.classes)
    order = np.random.default_rng(seed).permutation(len(found.rows))[: _max_rows(len(columns) + len(labels))]
    places = prepared.rows[found.rows[order]]
    probe = _take(columns, places[:PROBE_ROWS])
    row_bytes = probe.memory_usage(index=False, deep=True).sum() / len(probe) if len(probe) else 0
    # Back in the table's order, which windows of time follow.
    order = np.sort(order[: max(PROBE_ROWS, int(MAX_BYTES / max(1, row_bytes)))])
    rows, y = found.rows[order], prepared.training.y[found.rows[order]]
    return Reference(
        _take(columns, prepared.rows[rows]),
        np.array(labels, dtype=object)[y] if labels else y,
        found.output[order],
        found.fold[order],
        labels,
        prepared.training.task_spec.task,
        prepared.preprocessor.target,
        found.class_multipliers,
    )


def digest_training_rows(frame: pd.DataFrame, prepared: PreparedData) -> RowDigests:
    """Digest all rows that models are fitted on, in the columns that they read and the target."""
    used = frame if len(prepared.rows) == len(frame) else frame.iloc[prepared.rows]
    return RowDigests.of(used, [*_names(prepared), prepared.preprocessor.target])


def _names(prepared: PreparedData) -> list[str]:
    return [column["name"] for column in prepared.preprocessor.input_schema]


def _max_rows(n_columns: int) -> int:
    return max(PROBE_ROWS, min(MAX_ROWS, MAX_CELLS // max(1, n_columns)))


def _take(columns: Mapping[str, object], places: Array) -> pd.DataFrame:
    return pd.DataFrame(
        {name: plain_cells(cells.iloc[places]) for name, cells in columns.items() if isinstance(cells, pd.Series)}
    )
