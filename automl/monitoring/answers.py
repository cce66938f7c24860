"""What was answered to requests, and what turned out to be true, in the terms of the reference of the version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from automl._typing import Array
from automl.monitoring import request_columns as columns
from automl.parsing.scalars import to_label
from automl.reference.reference import Reference

PROBABILITY_TOLERANCE = 0.02


@dataclass(frozen=True)
class Answers:
    """Answers of one version to n requests.

    Attributes:
        output: (n, k) probabilities or (n,) numbers, NaN where the log has none.
        codes: (n,) of the labels answered, -1 where that is none of the model's; () for numbers.
        truth: (n,) codes, -1 where unknown; or numbers, NaN where unknown.
    """

    output: npt.NDArray[np.float64]
    codes: npt.NDArray[np.int64]
    truth: Array

    def __len__(self) -> int:
        return len(self.output)

    @property
    def has_output(self) -> npt.NDArray[np.bool_]:
        """Whether probabilities, or the number, are known of each row."""
        known = np.isfinite(self.output)
        return known if known.ndim == 1 else np.asarray(known.all(axis=1) & (self.codes >= 0))

    @property
    def labelled(self) -> npt.NDArray[np.bool_]:
        """Whether the truth is known of each row."""
        return np.isfinite(self.truth) if self.output.ndim == 1 else np.asarray(self.truth >= 0)

    def take(self, rows: Array) -> Answers:
        """Return the answers to some of the requests."""
        return Answers(self.output[rows], self.codes[rows] if len(self.codes) else self.codes, self.truth[rows])


def read_answers(requests: pa.Table, labels: Sequence[str]) -> Answers:
    """Read the answers of a table of requests.

    Args:
        requests: with the columns of `request_columns`.
        labels: of the model, in the order of its probabilities; () for numbers.
    """
    if not labels:
        numbers = [_numbers(requests, name) for name in (columns.PREDICTION, columns.LABEL)]
        return Answers(numbers[0], np.empty(0, dtype=np.int64), numbers[1])
    codes = [_codes(requests, name, labels) for name in (columns.PREDICTION, columns.LABEL)]
    return Answers(_probabilities(requests, len(labels)), codes[0], codes[1])


def reference_answers(reference: Reference, now: Answers) -> Answers:
    """Return the reference's answers, its classes chosen by the rule that the new answers show."""
    if reference.output.ndim == 1:
        truth = np.asarray(reference.y, dtype=np.float64)
        return Answers(reference.output, np.empty(0, dtype=np.int64), truth)
    codes = _place(list(reference.y), reference.labels)
    return Answers(reference.output, choose(reference.output, decision_threshold(now)), codes)


def choose(output: Array, threshold: float | None) -> npt.NDArray[np.int64]:
    """Return the classes (n,) chosen: the likeliest, or of two the second from a threshold on."""
    if threshold is None:
        return np.asarray(output.argmax(axis=1), dtype=np.int64)
    return np.asarray(output[:, 1] >= threshold, dtype=np.int64)


def decision_threshold(now: Answers) -> float | None:
    """Return the probability from which the second of two classes was answered; None where that is not to be seen.

    A version may choose by another threshold than one half. What it answers shows which, whatever set it.
    """
    known = now.take(np.flatnonzero(now.has_output))
    if known.output.ndim == 1 or known.output.shape[1] != 2 or not len(known):
        return None
    positive = known.output[:, 1]
    below, above = positive[known.codes == 0], positive[known.codes == 1]
    highest, lowest = float(below.max(initial=0.0)), float(above.min(initial=1.0))
    if highest > lowest:  # several rules, or rounded probabilities
        return None
    return 0.5 if highest <= 0.5 <= lowest else (highest + lowest) / 2


def _numbers(requests: pa.Table, name: str) -> npt.NDArray[np.float64]:
    cells = requests.column(name)
    if not pa.types.is_floating(cells.type) and not pa.types.is_integer(cells.type):
        return np.full(len(cells), np.nan)
    return np.asarray(cells.cast(pa.float64()).fill_null(np.nan).to_numpy(), dtype=np.float64)


def _codes(requests: pa.Table, name: str, labels: Sequence[str]) -> npt.NDArray[np.int64]:
    return _place(requests.column(name).to_pylist(), labels)


def _place(cells: Sequence[object], labels: Sequence[str]) -> npt.NDArray[np.int64]:
    place = {label: code for code, label in enumerate(labels)}
    return np.array([place.get(to_label(cell) or "", -1) for cell in cells], dtype=np.int64)


def _probabilities(requests: pa.Table, k: int) -> npt.NDArray[np.float64]:
    """Return (n, k), NaN in rows whose probabilities are not k numbers that sum to about 1."""
    cells = requests.column(columns.PROBABILITIES)
    found = np.full((len(cells), k), np.nan)
    if not (pa.types.is_list(cells.type) or pa.types.is_large_list(cells.type)):
        return found
    fits = np.asarray(pc.fill_null(pc.equal(pc.list_value_length(cells), k), False).to_numpy(), dtype=np.bool_)
    flat = pc.list_flatten(cells.filter(pa.array(fits))).cast(pa.float64())
    found[fits] = np.asarray(flat.fill_null(np.nan).to_numpy()).reshape(-1, k)
    total = found.sum(axis=1, keepdims=True)
    with np.errstate(invalid="ignore"):
        right = (np.abs(total - 1) <= PROBABILITY_TOLERANCE) & (found >= 0).all(axis=1, keepdims=True)
        return np.where(right, found / total, np.nan)
