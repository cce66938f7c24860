"""The performance of one version in a window: the reference's, estimated now, realised where labels have come."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from automl._typing import Array
from automl.evaluation.to_json import to_json
from automl.metrics import METRICS, get_metric
from automl.monitoring.answers import Answers
from automl.monitoring.performance.class_estimate import ClassEstimate
from automl.monitoring.performance.class_scorer import ClassScorer, one_hot
from automl.monitoring.performance.realised import LabelledRows, bands, labelled_rows, realised_score
from automl.monitoring.performance.trust import BLIND
from automl.monitoring.performance.uncertainty import Estimate, Estimated, Interval, estimate_metric
from automl.monitoring.performance.value_estimate import computable_metrics, score_values
from vocabulary import METRICS_BY_TASK

Floats = npt.NDArray[np.float64]
LABELS_ONLY = "Labels alone say how good these answers are."


@dataclass(frozen=True)
class Evidence:
    """What an estimate rests on besides the answers.

    Attributes:
        estimate: of performance; None where there can be none.
        parts: of the reference, see `estimate_metric`.
        shift: how far the new rows have shifted, 0 to 1.
        trust, why: of the estimate, or why there is none.
    """

    estimate: Estimate | None
    parts: Sequence[Array]
    shift: float
    trust: str
    why: str


def describe_performance(
    reference: Answers,
    now: Answers,
    labels: Sequence[str],
    evidence: Evidence,
    *,
    metric: str,
    seed: int = 0,
    deadline: float | None = None,
) -> dict[str, Any]:
    """Return `{metric, greater_is_better, rows, labelled, reference, estimated, realised, labelled_by, others}`.

    Every interval is of 95 %. `drop` is how much worse than the reference: of scores up to 1 the difference, of errors
    the difference as a share of the reference's error. `others` has the same of all further metrics.

    Args:
        reference: answers to training rows, by models that have not seen them.
        now: answers to new rows.
        labels: of the model; () for numbers.
        evidence: of the estimate.
        metric: that comes first.
        seed: of resamples.
        deadline: `time.monotonic()`; metrics but the first that are not reached by then are left out.
    """
    task = "regression" if not labels else "binary" if len(labels) == 2 else "multiclass"
    chosen = get_metric(metric or "auto", task).name
    labelled = _labelled(now, labels)
    found: list[dict[str, Any]] = []
    for name in sorted(_metrics(reference, now, task), key=lambda name: name != chosen):
        if found and deadline is not None and time.monotonic() > deadline:
            break
        found.append(_one(name, reference, now, evidence, labelled, np.random.default_rng(seed)))
    shared = {
        "rows": len(now),
        "labelled": len(labelled.rows),
        "labelled_by": labelled.by_answer,
        "uncovered": labelled.uncovered,
        "others": found[1:],
    }
    return dict(to_json({**(found[0] if found else {"metric": chosen}), **shared}))


def _metrics(reference: Answers, now: Answers, task: str) -> list[str]:
    if task != "regression":
        return list(METRICS_BY_TASK[task])
    truths = np.concatenate([reference.truth[reference.labelled], now.truth[now.labelled]])
    return computable_metrics(truths)


def _one(
    metric: str,
    reference: Answers,
    now: Answers,
    evidence: Evidence,
    labelled: LabelledRows,
    rng: np.random.Generator,
) -> dict[str, Any]:
    about = METRICS[metric]
    estimated: Estimated | None = None
    if evidence.estimate is not None and metric in evidence.estimate.metrics:
        estimated = estimate_metric(evidence.estimate, metric, evidence.parts, evidence.shift, rng)
    real = estimated.reference if estimated else _reference_score(metric, reference, rng)
    described: dict[str, Any] = {
        "metric": metric,
        "greater_is_better": about.greater_is_better,
        "reference": real.to_json() if real else None,
        "estimated": None,
        "realised": None,
    }
    if estimated and evidence.estimate:
        described["estimated"] = {
            **estimated.now.to_json(),
            "standard_error": estimated.standard_error,
            "drop": drop_of(metric, estimated.reference, estimated.now),
            "method": evidence.estimate.method,
            "trust": evidence.trust,
            "why": evidence.why,
        }
    elif not estimated:
        described["why_not_estimated"] = evidence.why
    realised = realised_score(metric, _score_of(metric, now.take(labelled.rows)), labelled, rng, _width(now))
    if realised is not None:
        interval, method = realised
        described["realised"] = {**interval.to_json(), "rows": len(labelled.rows), "method": method}
        if real:
            described["realised"]["drop"] = drop_of(metric, real, interval)
    return described


def drop_of(metric: str, reference: Interval, now: Interval) -> dict[str, float]:
    """Return `{value, low, high}` of how much worse it is now, negative where better."""
    if METRICS[metric].greater_is_better:
        return {
            "value": reference.value - now.value,
            "low": reference.value - now.high,
            "high": reference.value - now.low,
        }
    # An error has a unit: what matters is how much of itself it has grown by.
    unit = abs(reference.value) or 1.0
    return {
        "value": (now.value - reference.value) / unit,
        "low": (now.low - reference.value) / unit,
        "high": (now.high - reference.value) / unit,
    }


def _labelled(now: Answers, labels: Sequence[str]) -> LabelledRows:
    if labels:
        answered = np.where(now.codes < 0, len(labels), now.codes)
        return labelled_rows(now.labelled & now.has_output, answered, [*labels, "other"])
    known = np.where(now.has_output, now.output, np.nanmedian(now.output) if now.has_output.any() else 0.0)
    groups, names = bands(known) if len(known) else (np.empty(0, dtype=np.intp), ["all"])
    return labelled_rows(now.labelled & now.has_output, groups, names)


def _width(answers: Answers) -> int:
    return 1 if answers.output.ndim == 1 else answers.output.shape[1]


def _score_of(metric: str, answers: Answers) -> Callable[[Floats], float]:
    """Return a function of the rows' weights (n,) to the score."""
    if answers.output.ndim == 1:
        return lambda weights: score_values(metric, answers.truth, answers.output, weights)
    if not len(answers):
        return lambda weights: float("nan")
    scorer = ClassScorer(answers.output, answers.codes)
    truth = one_hot(answers.truth, scorer.k)
    return lambda weights: scorer.score(metric, truth * weights[:, None])


def _reference_score(metric: str, reference: Answers, rng: np.random.Generator) -> Interval | None:
    """Return the score on the reference where nothing was estimated from it."""
    rows = np.flatnonzero(reference.labelled & reference.has_output)
    whole = LabelledRows(rows, np.ones(len(rows)), [], False, 0.0)
    found = realised_score(metric, _score_of(metric, reference.take(rows)), whole, rng, _width(reference))
    return found[0] if found else None


def class_evidence(
    reference: Answers, now: Answers, parts: Sequence[Array], shift: float, trusted: tuple[str, str]
) -> Evidence:
    """Return the evidence for estimates of a classifier.

    Args:
        reference: answers to training rows.
        now: answers to new rows, all with probabilities.
        parts: of the reference.
        shift: how far the new rows have shifted.
        trusted: of `trust`.
    """
    if not len(now):
        return Evidence(None, (), 0.0, "low", f"The log holds no probabilities of these answers. {LABELS_ONLY}")
    if not reference.labelled.any():
        return Evidence(None, (), 0.0, "low", f"The reference has no labels to compare with. {LABELS_ONLY} {BLIND}")
    scorers = ClassScorer(reference.output, reference.codes), ClassScorer(now.output, now.codes)
    estimate = ClassEstimate(scorers[0], reference.truth, scorers[1])
    return Evidence(cast(Estimate, estimate), parts, shift, *trusted)
