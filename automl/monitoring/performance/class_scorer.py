"""Scores of a classifier where the truth is weights: of labels that are only likely, or of rows that count more.

Every metric is that of `automl.metrics`, computed from one number a row and class: 1 for the true class makes the usual
score, a probability the expected one (what confidence-based estimates are), any further factor a weighted one. Orders
are sorted once, so that a resample, which is such a factor, costs no sorting.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from automl._typing import Array
from automl.metrics import OF_CONFUSION
from vocabulary import METRICS_BY_TASK

Floats = npt.NDArray[np.float64]

_MIN_PROBABILITY = 1e-7
"""Least probability in a logarithm, as in `automl.metrics`."""


class ClassScorer:
    """Scores fixed answers against any truth.

    Args:
        output: (n, k) probabilities.
        answers: (n,) class codes answered.
    """

    def __init__(self, output: Array, answers: Array) -> None:
        self.output = np.asarray(output, dtype=np.float64)
        self.answers = np.asarray(answers, dtype=np.intp)
        self.n, self.k = self.output.shape
        self._ranks: dict[int, tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]] = {}
        self._logs: Floats | None = None

    @property
    def metrics(self) -> tuple[str, ...]:
        """Metrics that it knows."""
        return METRICS_BY_TASK["binary" if self.k == 2 else "multiclass"]

    def score(self, metric: str, truth: Floats) -> float:
        """Return the score, NaN where it is undefined.

        Args:
            metric: one of `metrics`.
            truth: (n, k) weights, none negative.
        """
        if not truth.sum() > 0:
            return float("nan")
        if metric == "log_loss":
            return self._log_loss(truth)
        if metric == "auc":
            classes = [1] if self.k == 2 else [j for j in range(self.k) if truth[:, j].any()]
            whole = truth.sum(axis=1)
            return float(np.mean([self._auc(j, truth[:, j], whole) for j in classes]))
        if metric == "average_precision":
            return self._average_precision(truth)
        return OF_CONFUSION[metric](self.confusion(truth))

    def confusion(self, truth: Floats) -> Floats:
        """Return the weight (k, k) of each true class (rows) that was answered so (columns)."""
        columns = [np.bincount(self.answers, weights=truth[:, j], minlength=self.k) for j in range(self.k)]
        return np.array(columns)

    def _ranked(self, j: int) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
        """Return the rows by falling probability of a class, and the end of each group of ties."""
        if j not in self._ranks:
            score = self.output[:, j]
            order = np.argsort(-score, kind="stable")
            ranked = score[order]
            self._ranks[j] = order, np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))
        return self._ranks[j]

    def _auc(self, j: int, own: Floats, whole: Floats) -> float:
        """Return the area for one class, given its weight (n,) in each row and that of all classes together."""
        order, ends = self._ranked(j)
        hits = np.append(0, np.cumsum(own[order])[ends])
        misses = np.append(0, np.cumsum(whole[order])[ends]) - hits
        pairs = hits[-1] * misses[-1]
        area = float((np.diff(misses) * (hits[1:] + hits[:-1]) / 2).sum())
        return area / pairs if pairs > 0 else float("nan")

    def _average_precision(self, truth: Floats) -> float:
        order, ends = self._ranked(1)
        hits, called = np.cumsum(truth[order, 1])[ends], np.cumsum(truth.sum(axis=1)[order])[ends]
        if not hits[-1] > 0:
            return float("nan")
        with np.errstate(invalid="ignore", divide="ignore"):
            precision = np.where(called > 0, hits / called, 0.0)
        return float((np.diff(hits / hits[-1], prepend=0.0) * precision).sum())

    def _log_loss(self, truth: Floats) -> float:
        if self._logs is None:
            values = np.clip(self.output, _MIN_PROBABILITY, 1.0)
            self._logs = np.log(values.sum(axis=1, keepdims=True)) - np.log(values)
        return float((truth * self._logs).sum() / truth.sum())


def one_hot(codes: Array, k: int) -> Floats:
    """Return 1 for the class (n, k) of each row, and nothing where the code is negative."""
    truth = np.zeros((len(codes), k))
    known = np.flatnonzero(codes >= 0)
    truth[known, codes[known]] = 1.0
    return truth
