"""Classification, row by row: confusion matrix, thresholds, and the most confident errors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from automl._typing import Array

MAX_CONFUSION = 12
MAX_CLASSES = 50
MAX_MISTAKES = 10
STEPS = np.arange(0.1, 0.95, 0.1)
ALIKE = 0.1
SHARES = (0.01, 0.02, 0.05, 0.1, 0.25, 0.5)
"""Shares of rows called positive: where the class is rare, all interesting thresholds lie far below one half."""


def confusion(y: Array, answers: Array, classes: Sequence[str]) -> dict[str, Any]:
    """Return `{classes, counts}`: rows the truth, columns the prediction; beyond 12 classes the rarest are joined."""
    sizes = np.bincount(y, minlength=len(classes))
    if len(classes) <= MAX_CONFUSION:
        shown = np.arange(len(classes))
    else:
        shown = np.sort(np.argsort(-sizes, kind="stable")[: MAX_CONFUSION - 1])
    place = np.full(len(classes), len(shown))
    place[shown] = np.arange(len(shown))
    k = len(shown) + (len(shown) < len(classes))
    counts = np.bincount(place[y] * k + place[answers], minlength=k * k).reshape(k, k)
    names = [classes[int(i)] for i in shown] + ([f"{len(classes) - len(shown)} others"] if k > len(shown) else [])
    return {"classes": names, "counts": counts}


def per_class_metrics(y: Array, answers: Array, classes: Sequence[str]) -> list[dict[str, Any]]:
    """Return `{class, rows, precision, recall, f1}` of the 50 most frequent classes; None where undefined."""
    k = len(classes)
    truth, said = np.bincount(y, minlength=k), np.bincount(answers, minlength=k)
    right = np.bincount(y[y == answers], minlength=k)
    with np.errstate(invalid="ignore", divide="ignore"):
        precision, recall, f1 = right / said, right / truth, 2 * right / (truth + said)
    return [
        {"class": classes[i], "rows": truth[i], "precision": precision[i], "recall": recall[i], "f1": f1[i]}
        for i in np.argsort(-truth, kind="stable")[:MAX_CLASSES]
    ]


def thresholds(positive: Array, probability: Array, own: float) -> list[dict[str, Any]]:
    """Return the effects of calling a row positive at and above a probability, ascending.

    Args:
        positive: bool (n,).
        probability: (n,) of the positive class.
        own: the threshold that the model uses.

    Returns:
        `{threshold, own, called, precision, recall, specificity, f1}`; `called` is the share of rows.
    """
    n, n_positive = len(positive), int(positive.sum())
    ranked = np.sort(probability)
    wanted = np.append(STEPS, [ranked[min(n - 1, int(n * (1 - share)))] for share in SHARES])
    called = n - np.searchsorted(ranked, wanted, side="left")
    own_called = int(n - np.searchsorted(ranked, own, side="left"))
    options = {own_called: own}
    for count, at in zip(called.tolist(), wanted.tolist(), strict=True):
        # Thresholds that call about the same rows positive say the same.
        if 0 < count < n and all(abs(count - other) > ALIKE * max(count, other) for other in options):
            options[count] = at
    found = []
    for count, at in sorted(options.items(), key=lambda pair: pair[1]):
        hits = int((positive & (probability >= at)).sum())
        found.append(
            {
                "threshold": at,
                "own": count == own_called,
                "called": count / n,
                "precision": hits / count if count else None,
                "recall": hits / n_positive if n_positive else None,
                "specificity": 1 - (count - hits) / (n - n_positive) if n > n_positive else None,
                "f1": 2 * hits / (count + n_positive) if count + n_positive else None,
            }
        )
    return found


def confident_mistakes(
    y: Array, probabilities: Array, answers: Array, classes: Sequence[str], rows: Array
) -> list[dict[str, Any]]:
    """Return `{row, actual, answered, probability}` of the wrong predictions that were surest."""
    wrong = np.flatnonzero(y != answers)
    sure = probabilities[wrong, answers[wrong]]
    return [
        {"row": rows[i], "actual": classes[y[i]], "answered": classes[answers[i]], "probability": sure[j]}
        for j, i in ((j, wrong[j]) for j in np.argsort(-sure, kind="stable")[:MAX_MISTAKES])
    ]
