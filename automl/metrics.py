"""Metrics: one table of scores, all called the same way.

A classifier's prediction is its matrix of probabilities, float (n, k), columns in the order of the classes; metrics of
labels take its argmax, and also accept a vector of n class codes, so that a tuned threshold can be scored. A
regressor's prediction is a vector of n numbers. In binary tasks code 1 is the positive class.

Definitions are scikit-learn's (the tests compare with it); plain NumPy because a greedy ensemble scores many blends.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from automl._typing import Array
from automl.errors import SpecError
from vocabulary import METRICS as INFO
from vocabulary import METRICS_BY_TASK, TASKS

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Metric:
    """One way to score predictions.

    Attributes:
        name: as users write it.
        greater_is_better: False for losses and errors.
        needs_proba: the score reads the probabilities themselves, not only which class is likeliest.
        function: (y, prediction) -> natural value.
    """

    name: str
    greater_is_better: bool
    needs_proba: bool
    function: Callable[[Array, Array], float]

    @property
    def tasks(self) -> tuple[str, ...]:
        """The tasks it is defined for."""
        return tuple(task for task, names in METRICS_BY_TASK.items() if self.name in names)

    def score(self, y: Array, prediction: Array) -> float:
        """Return the metric's natural value, as it is reported (a loss stays positive)."""
        return self.function(y, prediction)

    def signed(self, y: Array, prediction: Array) -> float:
        """Return the value turned so that greater is better, as a search needs it."""
        value = self.function(y, prediction)
        return value if self.greater_is_better else -value


def _codes(prediction: Array) -> npt.NDArray[np.int64]:
    values = np.asarray(prediction)
    return (values.argmax(axis=1) if values.ndim == 2 else values).astype(np.int64, copy=False)


def _positive(prediction: Array) -> Floats:
    values = np.asarray(prediction, dtype=np.float64)
    return values[:, 1] if values.ndim == 2 else values


def _roc_auc(positive: npt.NDArray[np.bool_], score: Floats) -> float:
    """Compute Mann-Whitney U over the number of pairs; ties count half. NaN when one class is absent."""
    n_positive = int(positive.sum())
    n_negative = len(positive) - n_positive
    if not n_positive or not n_negative:
        return float("nan")
    # Ties are counted as a group below, so the fastest sort will do.
    order = np.argsort(score)
    ranked, hits = score[order], positive[order]
    ends = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True)) + 1
    starts = np.append(0, ends[:-1])
    hits_until = np.append(0, np.cumsum(hits))
    rank_sum = float(((starts + 1 + ends) / 2 * (hits_until[ends] - hits_until[starts])).sum())
    return (rank_sum - n_positive * (n_positive + 1) / 2) / (n_positive * n_negative)


def _auc(y: Array, prediction: Array) -> float:
    """Compute ROC AUC; with more than two classes the unweighted mean of one-vs-rest over those that occur."""
    codes, values = np.asarray(y), np.asarray(prediction, dtype=np.float64)
    if values.ndim == 1 or values.shape[1] == 2:
        return _roc_auc(codes == 1, _positive(values))
    each = [_roc_auc(codes == code, values[:, code]) for code in np.unique(codes)]
    return float(np.mean(each))


def _average_precision(y: Array, prediction: Array) -> float:
    positive, score = np.asarray(y) == 1, _positive(prediction)
    if not positive.any():
        return float("nan")
    order = np.argsort(score)[::-1]
    ranked = score[order]
    ends = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))
    found = np.cumsum(positive[order])[ends]
    recall = found / found[-1]
    return float(np.sum(np.diff(recall, prepend=0.0) * found / (ends + 1)))


def _log_loss(y: Array, prediction: Array) -> float:
    values = np.asarray(prediction, dtype=np.float64)
    if values.ndim == 1:
        values = np.column_stack([1 - values, values])
    # Model outputs are often float32: their rounding, not float64's, bounds what a probability of 0 can mean.
    values = np.clip(values, 1e-7, 1.0)
    chosen = values[np.arange(len(values)), np.asarray(y).astype(np.intp, copy=False)]
    return float(np.mean(np.log(values.sum(axis=1)) - np.log(chosen)))


def _confusion(y: Array, prediction: Array) -> Floats:
    """Count the rows; rows of the matrix are the truth, columns the prediction."""
    truth, guess = _codes(y), _codes(prediction)
    k = int(max(truth.max(initial=0), guess.max(initial=0))) + 1
    return np.bincount(truth * k + guess, minlength=k * k).reshape(k, k).astype(np.float64)


def _f1_each(table: Floats) -> Floats:
    """Compute F1 of each class; NaN for a class neither present nor predicted."""
    with np.errstate(invalid="ignore"):
        return np.asarray(2 * np.diag(table) / (table.sum(axis=0) + table.sum(axis=1)))


def _f1_of_positive(table: Floats) -> float:
    return float(np.nan_to_num(np.append(_f1_each(table), 0.0)[1]))


def _mean_recall(table: Floats) -> float:
    rows = table.sum(axis=1)
    return float(np.mean(np.diag(table)[rows > 0] / rows[rows > 0]))


def _gorodkin(table: Floats) -> float:
    """Compute Matthews' correlation for any number of classes (Gorodkin 2004); 0 where it is undefined."""
    truth, guess, n = table.sum(axis=1), table.sum(axis=0), table.sum()
    spread = (n * n - truth @ truth) * (n * n - guess @ guess)
    return float((np.trace(table) * n - truth @ guess) / np.sqrt(spread)) if spread > 0 else 0.0


OF_CONFUSION: dict[str, Callable[[Floats], float]] = {
    "accuracy": lambda table: float(np.trace(table) / table.sum()),
    "balanced_accuracy": _mean_recall,
    "f1": _f1_of_positive,
    "f1_macro": lambda table: float(np.nanmean(_f1_each(table))),
    "mcc": _gorodkin,
}
"""Metrics of labels, from a confusion matrix (rows the truth) of counts or of any weights."""


def _of_labels(name: str) -> Metric:
    return _metric(name, False, lambda y, prediction: OF_CONFUSION[name](_confusion(y, prediction)))


def _residuals(y: Array, prediction: Array) -> Floats:
    return np.asarray(y, dtype=np.float64) - np.asarray(prediction, dtype=np.float64).ravel()


def _rmse(y: Array, prediction: Array) -> float:
    return float(np.sqrt(np.mean(_residuals(y, prediction) ** 2)))


def _mae(y: Array, prediction: Array) -> float:
    return float(np.mean(np.abs(_residuals(y, prediction))))


def _r2(y: Array, prediction: Array) -> float:
    truth = np.asarray(y, dtype=np.float64)
    error, spread = np.sum(_residuals(y, prediction) ** 2), np.sum((truth - truth.mean()) ** 2)
    if spread == 0:
        return 1.0 if error == 0 else 0.0
    return float(1 - error / spread)


def _rmsle(y: Array, prediction: Array) -> float:
    """Compute RMSE of log(1 + value); a prediction below zero counts as zero."""
    truth = np.asarray(y, dtype=np.float64)
    check_computable("rmsle", truth)
    return _rmse(np.log1p(truth), np.log1p(np.maximum(np.asarray(prediction, dtype=np.float64).ravel(), 0)))


def _mape(y: Array, prediction: Array) -> float:
    """Compute the mean absolute error relative to the truth, 1.0 = 100 %; a zero counts as float64's epsilon."""
    size = np.maximum(np.abs(np.asarray(y, dtype=np.float64)), np.finfo(np.float64).eps)
    return float(np.mean(np.abs(_residuals(y, prediction)) / size))


def _metric(name: str, needs_proba: bool, function: Callable[[Array, Array], float]) -> Metric:
    return Metric(name, INFO[name].greater_is_better, needs_proba, function)


def check_computable(name: str, y: Array) -> None:
    """Raise where a metric has no meaning for the values of a target.

    Raises:
        SpecError: METRIC_NEEDS_NO_NEGATIVES, METRIC_NEEDS_NO_ZEROS.
    """
    if name == "rmsle" and len(y) and y.min() < 0:
        raise SpecError(
            "METRIC_NEEDS_NO_NEGATIVES",
            f"rmsle takes logarithms, and the target goes down to {y.min():g}.",
            "Choose rmse or mae.",
        )
    if name == "mape" and (n_zeros := int((np.abs(y) <= np.finfo(np.float64).eps).sum())):
        raise SpecError(
            "METRIC_NEEDS_NO_ZEROS",
            f"mape divides by the target, and {n_zeros:,} of its {len(y):,} values are 0.",
            "Choose mae or rmse, or remove these rows.",
        )


METRICS: dict[str, Metric] = {
    each.name: each
    for each in (
        _metric("auc", True, _auc),
        _metric("log_loss", True, _log_loss),
        _of_labels("accuracy"),
        _of_labels("balanced_accuracy"),
        _of_labels("f1"),
        _of_labels("f1_macro"),
        _metric("average_precision", True, _average_precision),
        _of_labels("mcc"),
        _metric("rmse", False, _rmse),
        _metric("mae", False, _mae),
        _metric("r2", False, _r2),
        _metric("rmsle", False, _rmsle),
        _metric("mape", False, _mape),
    )
}


def get_metric(name: str, task: str | None = None) -> Metric:
    """Return the metric of a name; with a task, `auto` is its default and a misfit is refused.

    Raises:
        SpecError: UNKNOWN_METRIC, UNKNOWN_TASK or METRIC_DOES_NOT_FIT.
    """
    if task is not None and task not in TASKS:
        raise SpecError("UNKNOWN_TASK", f"There is no task {task!r}.", f"Choose one of {', '.join(TASKS)}.")
    if name == "auto" and task is not None:
        name = METRICS_BY_TASK[task][0]
    found = METRICS.get(name)
    if found is None:
        raise SpecError("UNKNOWN_METRIC", f"There is no metric {name!r}.", f"Choose one of {', '.join(METRICS)}.")
    if task is not None and task not in found.tasks:
        fitting = ", ".join(METRICS_BY_TASK[task])
        raise SpecError("METRIC_DOES_NOT_FIT", f"{name} does not score a {task} task.", f"Choose one of {fitting}.")
    return found
