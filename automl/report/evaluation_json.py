"""What a model's report says, as JSON values: for pages that draw it themselves, and for programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from automl.evaluation.learning_curve import gain_of_doubling
from automl.evaluation.to_json import to_json
from automl.report.verdict import how_far_to_trust, make_verdict, outlook

Json = Mapping[str, Any]


def model_evaluation(summary: Json, report: Json) -> dict[str, Any]:
    """Return the parts of the report that there are, with what to think of them.

    Args:
        summary: a model's `summary`.
        report: its `report`: any of `{about, evaluation, dependence, gain, learning, trials, parameters}`.

    Returns:
        The report and `{verdict: {tone, title, sentences, skill}, trust: [{tone, text}…], outlook}`: `tone` is good,
        fair or poor, `skill` the share of the way from the baseline to a perfect score, `outlook` whether more rows
        would help.
    """
    evaluation: Json = report.get("evaluation", {})
    metric = str(summary["metric"])
    error = summary["scores"]["reported"].get(metric, {}).get("standard_error")
    doubling = gain_of_doubling(report.get("learning", []), bool(report.get("greater_is_better", True)), error)
    document = {
        **report,
        "verdict": asdict(make_verdict(summary, evaluation)),
        "trust": [asdict(note) for note in how_far_to_trust(summary, evaluation, report)],
        "outlook": outlook(doubling, metric),
    }
    return dict(to_json(document))
