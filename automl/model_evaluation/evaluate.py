"""The evaluation of a model that exists on labelled rows of any table, as plain data.

It says how good the model is there, how sure that is, how it compares with what was promised at training, in which
rows it is worse, and whether the rows are new to it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from automl._typing import Array
from automl.errors import DataError
from automl.evaluation import evaluate as describe_predictions
from automl.evaluation.intervals import score_interval
from automl.evaluation.to_json import to_json
from automl.inference.servable import ServableModel
from automl.metrics import METRICS, get_metric
from automl.model_evaluation.answers import Answers, predict_rows
from automl.model_evaluation.conclusion import conclude
from automl.model_evaluation.fairness import fairness
from automl.model_evaluation.groups import Grouping, group_rows
from automl.model_evaluation.labelled_rows import LabelledRows, read_labelled_rows
from automl.model_evaluation.overlap import overlap
from automl.model_evaluation.promised import compare, reported_scores
from automl.model_evaluation.slices import ScoredRows, find_slices, with_pairs
from automl.preprocessing.columns.column_options import ColumnOptions
from automl.preprocessing.columns.table_stats import compute_table_stats
from automl.reference import RowDigests

FORMAT = 1
"""Of the document, raised whenever a name or a meaning in it changes."""
MAX_COLUMNS = 10
"""Maximum columns that are looked at for slices where none are named, the most important ones."""


def evaluate(  # noqa: PLR0913 (public: one keyword an option)
    model: ServableModel,
    frame: pd.DataFrame,
    *,
    digests: RowDigests | None = None,
    drift: Mapping[str, Any] | None = None,
    slices: Sequence[str] = (),
    pairs: bool = False,
    options: Mapping[str, ColumnOptions] | None = None,
    seed: int = 0,
    deadline: float = math.inf,
) -> dict[str, Any]:
    """Evaluate a model on labelled rows; JSON values.

    Args:
        model: whatever predicts: the engine's, one served by ONNX, an uploaded one.
        frame: (n,) raw rows, with the target's column.
        digests: of the model's training rows; without them it is not known which rows are new.
        drift: what `automl.monitoring.drift` says of these rows; it is told with the rest.
        slices: columns, used by the model or not, whose groups are compared and looked at for fairness; () looks for
            slices by the model's most important columns.
        pairs: whether to look at groups of two columns at a time, too.
        options: what the user insists on, by column of the table.
        seed: of resamples.
        deadline: `time.monotonic()`; slices that are not reached by then are left out.

    Returns:
        `{format, task, target, metric, rows, left_out, metrics, baseline, reported, verdict, overlap, drift,
        slices, slices_left_out, fairness, input_warnings}`; for classes `{classes, curves: {roc, precision_recall},
        confusion, by_class, calibration, histogram, mistakes, threshold?, thresholds?}`, for values `{residuals}`.

    Raises:
        DataError: what `read_labelled_rows` raises, MISSING_FEATURE, COLUMN_NOT_FOUND.

    Example:
        >>> from automl.model_evaluation.evaluate import evaluate
        >>> found = evaluate(model, frame, slices=["day"])
        >>> found["metrics"]["auc"]["low"] <= found["metrics"]["auc"]["value"] <= found["metrics"]["auc"]["high"]
        True
    """
    if unknown := [name for name in slices if name not in frame.columns]:
        raise DataError(
            "COLUMN_NOT_FOUND", f"The table has no column {unknown[0]!r} to make slices of.",
            "Name columns of the table.", column=unknown[0],
        )  # fmt: skip
    labelled = read_labelled_rows(
        frame, model.summary, classes=[str(label) for label in model.classes_], options=options
    )
    answers = predict_rows(model, labelled.frame)
    metric = get_metric(model.summary.get("metric") or "auto", model.task).name
    found: dict[str, Any] = {
        "format": FORMAT,
        "target": model.summary["target"],
        "metric": metric,
        "left_out": labelled.left_out,
        **_scores(labelled, answers, model.task, metric, seed),
        "input_warnings": [warning.to_json() for warning in answers.warnings],
    }
    found["reported"] = compare(found["metrics"], reported_scores(model), metric)
    scored = ScoredRows(METRICS[metric], labelled.y, _as_scored(metric, answers))
    found["overlap"] = overlap(labelled.frame, scored, digests, seed)
    found["drift"] = drift
    groupings, left_out = _groupings(labelled, model, slices, options or {})
    wanted = with_pairs(groupings) if pairs else groupings
    found["slices"] = find_slices(scored, wanted, deadline=deadline, seed=seed)
    found["slices_left_out"] = left_out
    is_binary = model.task == "binary"
    found["fairness"] = fairness(labelled.y, answers.chosen, groupings) if is_binary and slices else {}
    found["verdict"] = conclude(found)
    return dict(to_json(found))


def _scores(labelled: LabelledRows, answers: Answers, task: str, metric: str, seed: int) -> dict[str, Any]:
    """Return the scores with their intervals, and everything that a report draws."""
    described = describe_predictions(
        labelled.y,
        answers.output,
        task=task,
        metric=metric,
        classes=labelled.classes,
        chosen=answers.chosen,
        threshold=answers.threshold,
        rows=labelled.positions,
        seed=seed,
    )
    metrics, baseline = {}, {}
    for score in described.pop("scores"):
        name = score["metric"]
        scored = ScoredRows(METRICS[name], labelled.y, _as_scored(name, answers))
        interval = score_interval(scored.metric, scored.y, scored.prediction, seed=seed)
        metrics[name] = {
            "value": scored.score(),
            "low": interval.low,
            "high": interval.high,
            "standard_error": interval.standard_error,
            "method": interval.method,
            "greater_is_better": score["greater_is_better"],
        }
        baseline[name] = {"value": score["baseline"]}
    if "roc" in described:
        described["curves"] = {name: described.pop(name) for name in ("roc", "precision_recall")}
    if answers.threshold is not None:
        described["threshold"] = answers.threshold
    return {**described, "metrics": metrics, "baseline": baseline}


def _as_scored(metric: str, answers: Answers) -> Array:
    return answers.output if METRICS[metric].needs_proba else answers.chosen


def _groupings(
    labelled: LabelledRows, model: ServableModel, slices: Sequence[str], options: Mapping[str, ColumnOptions]
) -> tuple[list[Grouping], list[dict[str, str]]]:
    """Return the groups by each column, and the columns without any, with the reason."""
    groupings, left_out = [], []
    names = list(dict.fromkeys(slices or _important_columns(labelled, model)))
    # All columns are looked at, as what one leaves open of its reading others decide.
    stats = compute_table_stats(labelled.frame, options) if names else {}
    for name in names:
        found = group_rows(labelled.frame[name], stats[name])
        if isinstance(found, Grouping):
            groupings.append(found)
        else:
            left_out.append({"column": name, "why": found})
    return groupings, left_out


def _important_columns(labelled: LabelledRows, model: ServableModel) -> list[str]:
    important = [each["feature"] for each in model.summary.get("importance", ())]
    names = important or [feature["name"] for feature in model.features_]
    return [name for name in names if name in labelled.frame.columns][:MAX_COLUMNS]
