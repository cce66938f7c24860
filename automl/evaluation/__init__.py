"""Evaluation: how a model answered rows it had not seen, as plain data for a report and for other readers.

Everything is computed from three arrays: the truth, what the model gave, and the classes it chose.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from automl._typing import Array
from automl.evaluation.calibration import calibration, score_histogram
from automl.evaluation.classification import confident_mistakes, confusion, per_class_metrics, thresholds
from automl.evaluation.curves import precision_recall_curve, roc_curve
from automl.evaluation.regression import residuals
from automl.evaluation.scores import scores
from automl.evaluation.to_json import to_json

MAX_CURVES = 12
"""Maximum classes with curves of their own, the most frequent ones."""


def evaluate(  # noqa: PLR0913 (public: one keyword an option)
    y: Array,
    output: Array,
    *,
    task: str,
    metric: str,
    classes: Sequence[str] = (),
    chosen: Array | None = None,
    threshold: float | None = None,
    rows: Array | None = None,
    seed: int = 0,
) -> dict[str, Any]:
    """Evaluate a model's predictions; JSON values, curves thinned to 200 points.

    Args:
        y: (n,) class codes, 1 the positive one of two, or float64 values.
        output: probabilities (n, k), or values (n,), for rows whose target the model had not seen.
        task: binary, multiclass or regression.
        metric: name of the metric that was optimised.
        classes: k labels in the order of the codes.
        chosen: (n,) class codes answered; by default the likeliest.
        threshold: of binary answers, the probability from which the positive class is chosen.
        rows: (n,) numbers by which the user knows the rows; by default their positions.
        seed: of samples.

    Returns:
        `{task, rows, scores}` and, for classes, `{classes, roc, precision_recall, confusion, by_class, calibration,
        histogram, mistakes, thresholds?}`; for values `{residuals}`.
    """
    known_as = np.arange(len(y)) if rows is None else rows
    found: dict[str, Any] = {"task": task, "rows": len(y)}
    if task == "regression":
        values = np.asarray(output, dtype=np.float64).ravel()
        found["scores"] = scores(y, values, values, task=task, metric=metric, seed=seed)
        found["residuals"] = residuals(np.asarray(y, dtype=np.float64), values, known_as, seed)
        return dict(to_json(found))
    probabilities = np.asarray(output, dtype=np.float64)
    codes = np.asarray(y, dtype=np.intp)
    answers = probabilities.argmax(axis=1) if chosen is None else np.asarray(chosen, dtype=np.intp)
    counts = np.bincount(codes, minlength=len(classes))
    # For two classes the positive one says all; for more, each against the rest.
    shown = [1] if task == "binary" else [int(i) for i in np.argsort(-counts, kind="stable")[:MAX_CURVES] if counts[i]]
    found |= {
        "scores": scores(codes, probabilities, answers, task=task, metric=metric, seed=seed),
        "classes": [{"class": name, "rows": count} for name, count in zip(classes, counts, strict=True)],
        "roc": [{"class": classes[i], **roc_curve(codes == i, probabilities[:, i])} for i in shown],
        "precision_recall": [
            {"class": classes[i], **precision_recall_curve(codes == i, probabilities[:, i])} for i in shown
        ],
        "confusion": confusion(codes, answers, classes),
        "by_class": per_class_metrics(codes, answers, classes),
        "calibration": calibration(codes, probabilities, answers),
        "histogram": score_histogram(codes, probabilities, answers, classes),
        "mistakes": confident_mistakes(codes, probabilities, answers, classes, known_as),
    }
    if task == "binary":
        found["thresholds"] = thresholds(codes == 1, probabilities[:, 1], 0.5 if threshold is None else threshold)
    return dict(to_json(found))


__all__ = ["evaluate"]
