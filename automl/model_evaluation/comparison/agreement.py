"""How often two models answer the same, and which of them is right where they do not."""

from __future__ import annotations

from typing import Any

import numpy as np

from automl._typing import Array
from automl.model_evaluation.comparison.candidates import CandidateAnswers
from automl.model_evaluation.labelled_rows import LabelledRows


def agreement(rows: LabelledRows, a: CandidateAnswers, b: CandidateAnswers) -> dict[str, Any]:
    """Compare the answers of two models.

    Returns:
        For classes `{share, kappa, both_right, only_a_right, only_b_right, both_wrong}`; for numbers `{correlation,
        mean_difference, mean_absolute_difference, a_closer, b_closer}`, the last two in rows.
    """
    if rows.classes:
        same, a_right, b_right = a.chosen == b.chosen, a.chosen == rows.y, b.chosen == rows.y
        return {
            "share": float(same.mean()),
            "kappa": _kappa(a.chosen, b.chosen, len(rows.classes)),
            "both_right": int((a_right & b_right).sum()),
            "only_a_right": int((a_right & ~b_right).sum()),
            "only_b_right": int((b_right & ~a_right).sum()),
            "both_wrong": int((~a_right & ~b_right).sum()),
        }
    difference = a.output - b.output
    a_error, b_error = np.abs(a.output - rows.y), np.abs(b.output - rows.y)
    vary = np.ptp(a.output) > 0 and np.ptp(b.output) > 0
    return {
        "correlation": float(np.corrcoef(a.output, b.output)[0, 1]) if vary else None,
        "mean_difference": float(difference.mean()),
        "mean_absolute_difference": float(np.abs(difference).mean()),
        "a_closer": int((a_error < b_error).sum()),
        "b_closer": int((b_error < a_error).sum()),
    }


def _kappa(a: Array, b: Array, n_classes: int) -> float | None:
    """Return Cohen's kappa: agreement beyond chance; None where both always give the same class."""
    n = len(a)
    expected = float(np.bincount(a, minlength=n_classes) @ np.bincount(b, minlength=n_classes)) / n**2
    return None if expected == 1 else float(((a == b).mean() - expected) / (1 - expected))
