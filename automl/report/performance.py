"""How a model performed, for a page: what the template `performance.html` and the figures before it want."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from automl.report import figures
from automl.report.formatting import decimals_for

Json = Mapping[str, Any]

PARTS = ("thresholds", "by_class", "mistakes", "residuals")
"""Parts of an evaluation that not every task has."""
MAX_SMALL = 6
"""Maximum classes whose confusion matrix leaves room beside it."""
SHADES = 4


def performance(evaluation: Json, classes: Sequence[str]) -> dict[str, Any]:
    """Return `{evaluation, classes, figures, matrix, worst_decimals}`.

    Args:
        evaluation: as `automl.evaluation.evaluate` makes it, or {}.
        classes: labels, the positive one last of two; [] for regression.
    """
    worst = evaluation.get("residuals", {}).get("worst", ())
    return {
        "evaluation": {**dict.fromkeys(PARTS), **evaluation},
        "classes": list(classes),
        "figures": performance_figures(evaluation, classes[-1] if classes else ""),
        "matrix": _matrix(evaluation.get("confusion")),
        "worst_decimals": column_decimals([each["actual"] for each in worst], 4),
    }


def performance_figures(evaluation: Json, positive: str) -> list[tuple[str, str, Any]]:
    """Return (title, what to look for, chart) of every figure there is something to show in."""
    found: list[tuple[str, str, Any]] = []
    if any(curve["points"] for curve in evaluation.get("roc", ())):
        text = "The closer to the upper left corner, the better; the dashed line is random guessing."
        found.append(("ROC curve", text, figures.roc(evaluation["roc"])))
        text = "The closer to the upper right corner, the better; the dashed line is random guessing."
        found.append(("Precision-recall", text, figures.precision_recall(evaluation["precision_recall"])))
    if calibration := evaluation.get("calibration"):
        text = "On the dashed line, predictions of 80 % come true in 80 % of cases."
        found.append(("Calibration", text, figures.calibration(calibration, positive)))
    if histogram := evaluation.get("histogram"):
        text = "The less the colors overlap, the better the classes are separated."
        found.append(("Predicted probabilities", text, figures.score_histogram(histogram, positive)))
    if residuals := evaluation.get("residuals"):
        text = "On the dashed line predictions are exact; 80 % of the actual values lie within the band."
        found.append(("Predicted vs. actual", text, figures.predicted_and_actual(residuals)))
        text = "Errors above zero are predictions that were too high, below zero too low."
        found.append(("Errors", text, figures.errors(residuals)))
    return found


def _matrix(confusion: Json | None) -> dict[str, Any] | None:
    """Return the confusion matrix with a shade for each cell: its share of the row."""
    if confusion is None:
        return None
    rows = []
    for name, counts in zip(confusion["classes"], confusion["counts"], strict=True):
        total = max(sum(counts), 1)
        shades = [min(SHADES, int((count / total) * (SHADES + 1))) for count in counts]
        rows.append((name, list(zip(counts, shades, strict=True)), sum(counts)))
    return {"classes": confusion["classes"], "rows": rows, "is_small": len(rows) <= MAX_SMALL}


def column_decimals(column: Sequence[float | None], digits: int) -> int:
    """Return the decimals that all numbers of a column share."""
    return decimals_for(max((abs(each) for each in column if each is not None), default=0.0), digits)
