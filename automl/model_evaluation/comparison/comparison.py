"""Compare two to ten models on the same labelled rows: which is better, by how much, how sure that is, and where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from automl._typing import Array
from automl.errors import SpecError
from automl.evaluation.scores import HIGH_CLASSES
from automl.evaluation.to_json import to_json
from automl.metrics import METRICS, Metric, check_computable, get_metric
from automl.model_evaluation.comparison.candidates import Candidate, CandidateAnswers, predict_candidate, shared_classes
from automl.model_evaluation.comparison.disagreement import Score, disagreement
from automl.model_evaluation.comparison.paired_bootstrap import Predictions, ResampledScores, resample_scores
from automl.model_evaluation.comparison.pairs import compare_pairs, find_best, interval_to_json
from automl.model_evaluation.comparison.words import verdict
from automl.model_evaluation.labelled_rows import LabelledRows, read_labelled_rows
from automl.preprocessing.columns.column_options import ColumnOptions

MIN_MODELS, MAX_MODELS = 2, 10


@dataclass(frozen=True)
class Measured:
    """Models scored on the same rows.

    Attributes:
        candidates: the models; `models` is what each answers to the rows.
        task: of all of them.
        goal: the metric by which the best is told, the first of `metrics`.
        rows: the labelled rows.
        resampled: the scores on them, and on resamples.
        options: what the user insists on, by column of the table.
    """

    candidates: Sequence[Candidate]
    task: str
    metrics: Sequence[Metric]
    rows: LabelledRows
    models: Sequence[CandidateAnswers]
    resampled: ResampledScores
    options: Mapping[str, ColumnOptions] | None

    @property
    def goal(self) -> Metric:
        return self.metrics[0]

    def answers(self, metric: Metric) -> list[Array]:
        """Return what each model answers to the rows, as the metric takes it."""
        return [_by_metric([metric], self.task, model)[metric.name] for model in self.models]


def compare(
    candidates: Sequence[Candidate],
    frame: pd.DataFrame,
    *,
    metric: str = "auto",
    options: Mapping[str, ColumnOptions] | None = None,
    seed: int = 0,
    deadline: float | None = None,
) -> dict[str, Any]:
    """Compare models on a labelled table.

    Args:
        candidates: two to ten models of one target.
        frame: raw rows with the target.
        metric: by which the best is told; `auto` is that of the first model, or the task's default.
        options: what the user insists on, by column of the table.
        seed: of the resamples.
        deadline: `time.monotonic()`; after it fewer resamples are drawn.

    Returns:
        `{target, task, metric, greater_is_better, classes, rows, left_out, models, pairs, best, verdict,
        disagreement}`, JSON values only; docs/comparisons.md says what each is.

    Raises:
        DataError: MODELS_DIFFER, MISSING_FEATURE, and what `read_labelled_rows` does.
        SpecError: MODEL_COUNT, UNKNOWN_METRIC, METRIC_DOES_NOT_FIT, METRIC_NEEDS_TWO_CLASSES,
            METRIC_NEEDS_NO_NEGATIVES or METRIC_NEEDS_NO_ZEROS.
    """
    return describe(measure(candidates, frame, metric=metric, options=options, seed=seed, deadline=deadline))


def measure(
    candidates: Sequence[Candidate],
    frame: pd.DataFrame,
    *,
    metric: str = "auto",
    clusters: Array | None = None,
    options: Mapping[str, ColumnOptions] | None = None,
    seed: int = 0,
    deadline: float | None = None,
) -> Measured:
    """Score models on a labelled table, as `compare` does.

    Rows of one of the `clusters` (n,) are resampled together, as they are not independent of each other.
    """
    if not MIN_MODELS <= len(candidates) <= MAX_MODELS:
        detail = f"{len(candidates)} models are given; from {MIN_MODELS} to {MAX_MODELS} can be compared."
        raise SpecError("MODEL_COUNT", detail, "Choose others.")
    classes = shared_classes(candidates)
    task = "regression" if not classes else "binary" if len(classes) == 2 else "multiclass"
    rows = read_labelled_rows(frame, {**candidates[0].summary, "task": task}, classes=classes or None, options=options)
    goal = _goal(metric, task, candidates, rows.y)
    models = [predict_candidate(candidate, rows.frame, classes) for candidate in candidates]
    metrics = _metrics(task, goal, rows)
    answers = [_by_metric(metrics, task, model) for model in models]
    together = None if clusters is None else np.asarray(clusters)[rows.positions]
    resampled = resample_scores(metrics, rows.y, answers, clusters=together, seed=seed, deadline=deadline)
    if not np.isfinite(resampled.values[:, 0]).all():
        raise SpecError(
            "METRIC_NEEDS_TWO_CLASSES",
            f"{goal.name} is not defined on these {len(rows):,} rows: they do not have all classes that it needs.",
            "Add rows of other classes, or choose another metric.",
        )
    return Measured(candidates, task, metrics, rows, models, resampled, options)


def describe(measured: Measured) -> dict[str, Any]:
    """Return what `compare` does of models that are measured."""
    candidates, rows, resampled, goal = measured.candidates, measured.rows, measured.resampled, measured.goal
    pairs = compare_pairs(measured.metrics, resampled, rows, measured.models, candidates)
    best = find_best(resampled, pairs, goal, candidates)
    found = {
        "target": candidates[0].summary["target"],
        "task": measured.task,
        "metric": goal.name,
        "greater_is_better": goal.greater_is_better,
        "classes": list(rows.classes) or None,
        "rows": len(rows),
        "left_out": rows.left_out,
        "method": f"paired bootstrap, {len(resampled.drawn)} resamples, 95 % intervals; p adjusted as by Holm",
        "models": _models(measured.metrics, resampled, measured.models, candidates),
        "pairs": pairs,
        "best": best,
        "disagreement": disagreement(rows, measured.models, candidates, _scorer(measured), measured.options),
    }
    return dict(to_json({**found, "verdict": verdict(found)}))


def _goal(metric: str, task: str, candidates: Sequence[Candidate], y: Array) -> Metric:
    if metric == "auto":
        names = (str(each.summary.get("metric") or "") for each in candidates)
        metric = next((name for name in names if name in METRICS and task in METRICS[name].tasks), "auto")
    goal = get_metric(metric, task)
    check_computable(goal.name, y)
    return goal


def _metrics(task: str, goal: Metric, rows: LabelledRows) -> list[Metric]:
    """Return what the models are scored by, the metric of the verdict first."""
    fitting = [each for each in METRICS.values() if task in each.tasks and each is not goal]
    if len(rows.classes) > HIGH_CLASSES:
        fitting = [each for each in fitting if each.name != "auc"]
    return [goal, *(each for each in fitting if _is_computable(each, rows.y))]


def _is_computable(metric: Metric, y: Array) -> bool:
    try:
        check_computable(metric.name, y)
    except SpecError:
        return False
    return True


def _by_metric(metrics: Sequence[Metric], task: str, model: CandidateAnswers) -> Predictions:
    return {each.name: model.output if each.needs_proba or task == "regression" else model.chosen for each in metrics}


def _models(
    metrics: Sequence[Metric],
    resampled: ResampledScores,
    models: Sequence[CandidateAnswers],
    candidates: Sequence[Candidate],
) -> list[dict[str, Any]]:
    return [
        {
            "id": candidate.id,
            "name": candidate.name or candidate.id,
            "metrics": {metric.name: interval_to_json(resampled.score(i, j)) for j, metric in enumerate(metrics)},
            "latency": model.latency,
            "size_bytes": candidate.size_bytes,
            "overlap": model.seen,
            "warnings": model.warnings,
        }
        for i, (model, candidate) in enumerate(zip(models, candidates, strict=True))
    ]


def _scorer(measured: Measured) -> Score:
    goal, rows, answers = measured.goal, measured.rows, measured.answers(measured.goal)

    def score(at: Array) -> list[float | None]:
        found = [goal.score(rows.y[at], each[at]) for each in answers]
        return [value if np.isfinite(value) else None for value in found]

    return score


__all__ = ["Candidate", "compare"]
