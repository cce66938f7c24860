"""The score that ranks - AUC, log loss or RMSE, by task - and how far chance in the test rows moves it."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn import metrics

RESAMPLES = 200
MIN_PROBABILITY = 1e-7


def matrix(truth: Any, proba: Any, labels: list[Any]) -> tuple[Any, Any]:
    """Return codes (n,) and probabilities (n, k) over all classes that either side knows; rows sum to 1."""
    names = [str(label) for label in labels]
    order = sorted(set(truth) | set(names))
    full = np.full((len(truth), len(order)), MIN_PROBABILITY)
    for column, name in enumerate(names):
        full[:, order.index(name)] = np.asarray(proba)[:, column]
    full = np.clip(full, MIN_PROBABILITY, 1)
    return np.array([order.index(label) for label in truth]), full / full.sum(axis=1, keepdims=True)


def score(task: str, truth: Any, answer: Any) -> float:
    """Return the score that ranks: AUC, log loss or RMSE."""
    if task == "binary":
        return float(metrics.roc_auc_score(truth == 1, answer[:, 1]))
    if task == "multiclass":
        return float(-np.mean(np.log(answer[np.arange(len(truth)), truth])))
    return float(np.sqrt(np.mean((truth - answer) ** 2)))


def bootstrapped(task: str, truth: Any, answer: Any) -> float:
    """Return the standard error of the score over rows drawn with replacement (Efron 1979)."""
    random, found = np.random.default_rng(0), []
    for _ in range(RESAMPLES):
        rows = random.integers(0, len(truth), len(truth))
        if task == "regression" or len(set(truth[rows])) > 1:
            found.append(score(task, truth[rows], answer[rows]))
    return float(np.std(found, ddof=1))
