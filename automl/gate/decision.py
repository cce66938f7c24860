"""Whether a challenger passes: by the interval of its gain, the rows behind it, segments and speed; why, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

from automl.model_evaluation.comparison.comparison import Measured
from automl.model_evaluation.comparison.paired_bootstrap import Interval
from automl.wording import plural
from vocabulary import METRICS

MIN_CLASS_ROWS = 10
"""Rows that each class of two must have for a metric that tells them apart, and of more the two most frequent ones."""
MIN_CLUSTERS = 20
TELLS_CLASSES_APART = frozenset({"auc", "average_precision", "f1", "balanced_accuracy", "mcc", "f1_macro"})
MAX_NAMED = 3

BETTER, NOT_BETTER, TOO_FEW_ROWS = "better", "not_better", "too_few_rows"


@dataclass(frozen=True)
class GateSettings:
    """When a challenger passes.

    Attributes:
        metric: that decides; `auto` is the challenger's.
        confidence: that it is better, of a one-sided interval.
        min_gain: in units of the metric, that it must seem to be better by.
        margin: by how much it may be worse than the champion for all that is known; 0 if it must be better.
        min_rows: that both have not seen.
        must_not_worsen: columns in whose groups it must not be worse beyond chance.
        max_latency_ms: that one row may take it; None for any time.
        is_test: whether the table is one for tests, of which no rows were held out of a training.
    """

    metric: str = "auto"
    confidence: float = 0.95
    min_gain: float = 0.0
    margin: float = 0.0
    min_rows: int = 100
    must_not_worsen: tuple[str, ...] = field(default_factory=tuple)
    max_latency_ms: float | None = None
    is_test: bool = False

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> GateSettings:
        """Return settings of a JSON object; what it does not say is as by default, and what is none is left out."""
        known = {each.name: said[each.name] for each in fields(cls) if each.name in said}
        return cls(**{**known, "must_not_worsen": tuple(known.get("must_not_worsen") or ())})


@dataclass(frozen=True)
class Gain:
    """By how much the challenger is better: positive whichever way the metric counts, and the least that is sure."""

    value: float
    low: float


def decide(measured: Measured, settings: GateSettings, segments: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return whether the challenger, the second model, passes before the champion, the first.

    Returns:
        `{outcome, why, metric, greater_is_better, confidence, min_gain, margin, min_rows, rows, units, champion,
        challenger, difference: {value, low, high, standard_error}, gain: {value, low}, checks: [{name, passed,
        detail}], segments}`: the difference is the challenger's score less the champion's, and either end of its
        interval holds with the confidence.
    """
    goal, resampled = measured.goal, measured.resampled
    difference = resampled.difference(1, 0, 0, level=2 * settings.confidence - 1)
    gain = _gain(difference, greater_is_better=goal.greater_is_better)
    enough = _enough_rows(measured, settings, difference)
    better = _is_better(measured, settings, gain)
    checks = [enough, better, *_further(measured, settings, segments)]
    failed = [each for each in checks if not each["passed"]]
    outcome = TOO_FEW_ROWS if not enough["passed"] else NOT_BETTER if failed else BETTER
    said = [better, *(each for each in failed if each is not better)]
    scores = [resampled.score(i, 0) for i in range(2)]
    return {
        "outcome": outcome,
        "why": " ".join(each["detail"] for each in said),
        "metric": goal.name,
        "greater_is_better": goal.greater_is_better,
        **{name: getattr(settings, name) for name in ("confidence", "min_gain", "margin", "min_rows")},
        "rows": len(measured.rows),
        "units": resampled.n_units,
        **{
            name: {"id": candidate.id, "value": score.value, "low": score.low, "high": score.high,
                   "row_ms": model.latency["row_ms"]}
            for name, candidate, score, model in zip(
                ("champion", "challenger"), measured.candidates, scores, measured.models, strict=True
            )
        },
        "difference": {
            "value": difference.value, "low": difference.low, "high": difference.high,
            "standard_error": difference.standard_error,
        },
        "gain": {"value": gain.value, "low": gain.low},
        "checks": checks,
        "segments": list(segments),
    }  # fmt: skip


def _gain(difference: Interval, *, greater_is_better: bool) -> Gain:
    if greater_is_better:
        return Gain(difference.value, difference.low)
    return Gain(-difference.value, -difference.high)


def _check(name: str, passed: bool, detail: str) -> dict[str, Any]:
    return {"name": name, "passed": bool(passed), "detail": detail}


def _enough_rows(measured: Measured, settings: GateSettings, difference: Interval) -> dict[str, Any]:
    n, units = len(measured.rows), measured.resampled.n_units
    if n < settings.min_rows:
        detail = f"That is {plural(n, 'labelled row')} new to both models, and `min_rows` is {settings.min_rows:,}."
        return _check("rows", False, detail)
    if units < min(MIN_CLUSTERS, settings.min_rows):
        detail = f"The rows are of {plural(units, 'group')} only; at least {MIN_CLUSTERS} are needed."
        return _check("rows", False, detail)
    if measured.goal.name in TELLS_CLASSES_APART:
        # Of many classes the rare ones have few rows anywhere: what must be there is something to tell apart.
        counts = np.sort(np.bincount(measured.rows.y, minlength=2))[::-1]
        if counts[1] < MIN_CLASS_ROWS:
            detail = (
                f"Only {plural(int(counts[1]), 'row')} are not of the most frequent class; {MIN_CLASS_ROWS} are needed."
            )
            return _check("rows", False, detail)
    if not np.isfinite(difference.low):
        return _check("rows", False, "The rows are too few for an interval of the difference.")
    return _check("rows", True, f"{plural(n, 'labelled row')} are new to both models.")


def _is_better(measured: Measured, settings: GateSettings, gain: Gain) -> dict[str, Any]:
    goal, resampled = measured.goal, measured.resampled
    name, sure = METRICS[goal.name].name, f"{settings.confidence:.0%}"
    champion, challenger = resampled.values[0, 0], resampled.values[1, 0]
    scores = f"{name} is {challenger:.4g}, the champion's {champion:.4g}, on {plural(len(measured.rows), 'row')}"
    if gain.low > -settings.margin and gain.value >= settings.min_gain:
        if gain.low > 0:
            return _check("gain", True, f"{scores}: better, by at least {gain.low:.3g} with {sure} confidence.")
        detail = f"{scores}: not worse by more than the margin of {settings.margin:g} with {sure} confidence."
        return _check("gain", True, detail)
    if gain.value < settings.min_gain and gain.low > -settings.margin:
        detail = f"{scores}: a gain of {gain.value:.3g}, less than the {settings.min_gain:g} that is asked for."
    elif gain.value <= 0:
        detail = f"{scores}: not better."
    else:
        detail = (
            f"{scores}: a gain of {gain.value:.3g}, which chance alone may make (at {sure} it may be {gain.low:.3g})."
        )
    return _check("gain", False, detail)


def _further(measured: Measured, settings: GateSettings, segments: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    checks = []
    if settings.must_not_worsen:
        worse = [each for each in segments if each["worse"]]
        named = "; ".join(
            f"{each['column']} {each['value']!r}: {each['challenger']:.4g}, was {each['champion']:.4g} "
            f"({plural(each['rows'], 'row')})"
            for each in worse[:MAX_NAMED]
        )
        detail = f"It is worse beyond chance in {plural(len(worse), 'segment')}: {named}." if worse else (
            f"It is in none of {plural(len(segments), 'segment')} worse beyond chance."
        )  # fmt: skip
        checks.append(_check("segments", not worse, detail))
    if settings.max_latency_ms is not None:
        row_ms = measured.models[1].latency["row_ms"]
        passed = row_ms <= settings.max_latency_ms
        detail = f"One row takes it {row_ms:.3g} ms; {settings.max_latency_ms:g} ms are allowed."
        checks.append(_check("latency", passed, detail))
    return checks
