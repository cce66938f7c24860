"""The page of a comparison: which model is better, by how much, how sure that is, and where they disagree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from automl.report.charts import Chart
from automl.report.formatting import metric_name
from automl.report.rendering import render
from automl.wording import format_number

Json = Mapping[str, Any]

MAX_PAIRS = 45


def comparison_report(found: Json, *, name: str) -> str:
    """Render one HTML page.

    Args:
        found: what `automl.model_evaluation.comparison.comparison.compare` has found.
        name: of the comparison.
    """
    names = {each["id"]: each["name"] for each in found["models"]}
    metric = found["metric"]
    return render(
        "comparison.html",
        name=name,
        found=found,
        names=names,
        metrics=list(found["models"][0]["metrics"]),
        scores=_scores(found),
        pairs=[_pair(each, metric, names) for each in found["pairs"][:MAX_PAIRS]],
        best=found["best"]["id"],
        is_classes=bool(found["classes"]),
    )


def _scores(found: Json) -> Any:
    """Draw the score of each model with its interval."""
    metric = found["metric"]
    scores = [each["metrics"][metric] for each in found["models"]]
    known = [each for each in scores if each["low"] is not None and each["high"] is not None]
    if not known:
        return ""
    low, high = min(each["low"] for each in known), max(each["high"] for each in known)
    margin = (high - low) * 0.05 or abs(high) * 0.05 or 1.0
    labels = [each["name"] for each in found["models"]]
    title = f"{metric_name(metric)} of each model with its 95 % interval"
    chart = Chart(
        title, (-0.5, len(scores) - 0.5), (low - margin, high + margin), y_name=metric_name(metric), x_labels=labels
    )
    for i, score in enumerate(scores):
        if score["low"] is not None and score["high"] is not None:
            chart.error_bar(i, score["low"], score["high"])
            chart.dots([(i, score["value"])], radius=4, titles=[f"{labels[i]}: {format_number(score['value'])}"])
    return chart.to_svg()


def _pair(pair: Json, metric: str, names: Json) -> dict[str, Any]:
    """Return a pair as its row of the table shows it."""
    difference, checks = pair["differences"][metric], []
    if mcnemar := pair.get("mcnemar"):
        checks.append(f"McNemar p {format_number(mcnemar['p'], 2)}")
    if delong := pair.get("delong"):
        checks.append(f"DeLong p {format_number(delong['p'], 2)}")
    better = difference["better"]
    return {
        "a": names[pair["a"]],
        "b": names[pair["b"]],
        "difference": difference,
        "verdict": f"{names[better]} is better" if better else "no clear difference",
        "checks": ", ".join(checks),
        "agreement": pair["agreement"].get("share"),
        "correlation": pair["agreement"].get("correlation"),
    }
