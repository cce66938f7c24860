"""From the user's table to what trials are run on: target, cleaning, text, folds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from automl._typing import Array
from automl.errors import DataError, SpecError
from automl.fit.reading import reading_warnings, target_reading
from automl.fit.repeats import RepeatedRows, find_repeated_rows
from automl.fit.request import check_request
from automl.inference.background_sample import BackgroundSample, draw_background_sample
from automl.metrics import Metric, check_computable, get_metric
from automl.models.base import TaskSpec
from automl.parsing.labels import label_key
from automl.parsing.vectorized import map_unique
from automl.postprocessing import TargetScaler
from automl.preprocessing.columns.column_options import check_column_options, merge_column_options
from automl.preprocessing.columns.table_stats import compute_table_stats, recount
from automl.preprocessing.features import Features
from automl.preprocessing.fit import fit_preprocessor
from automl.preprocessing.preprocessor import Preprocessor
from automl.preprocessing.target.encode import Target, encode_target
from automl.preprocessing.target.notes import target_notes
from automl.preprocessing.text_encoder import TextEncoder
from automl.preprocessing.time_order import time_order
from automl.search.callbacks import throttled
from automl.search.run_context import RunContext
from automl.search.splits import Split, choose_n_splits, folds
from automl.search.training_set import TrainingSet
from automl.spec import FitSpec
from automl.wording import plural
from csvfile.known_table import describe_csv

MIN_ROWS = 10
REPEATED_SHARE = 0.01
"""Share of repeated rows from which they are messages of."""
CELLS_PER_SECOND = 500_000
"""Cells that a second of the budget pays for: cleaning takes a part of it, and models must be fitted besides."""


@dataclass(frozen=True)
class PreparedData:
    """Everything that is known before the first fit.

    `target_reading` is the unit of the target and how it is written, see `automl.fit.reading`;
    `index` (n,) is what the user knows the rows by: whole numbers where the data frame's index has such, else text.
    `rows` (n,) are their places in the table that was given.
    `csv` says how the file was written that the rows were read from, if they were (`csvfile.known_table`).
    """

    target: Target
    metric: Metric
    preprocessor: Preprocessor
    encoder: TextEncoder
    features: Features
    training: TrainingSet
    warnings: list[str]
    sample: BackgroundSample
    index: Array
    rows: Array
    target_reading: dict[str, str]
    csv: Mapping[str, Any] | None = None


def prepare(frame: pd.DataFrame, spec: FitSpec, run: RunContext) -> PreparedData:
    """Check the request, encode the target, clean the columns, and cut the folds.

    Args:
        frame: n rows, as read from a CSV (all text) or with any dtypes.
        spec: the settings of the fit.
        run: its budget says how many rows and folds are affordable, its callback whether to stop.

    Raises:
        SpecError: a setting is unknown or does not fit the table.
        DataError: the table cannot be used.
    """
    frame = frame.rename(columns=str)
    check_request(frame, spec)
    warnings = [str(text) for text in frame.attrs.get("warnings", ())]
    rows = _affordable_rows(frame, spec.seed, run.budget.total_s)
    warnings += _sample_warnings(len(rows), len(frame))
    frame = frame if len(rows) == len(frame) else frame.iloc[rows]
    options = merge_column_options(spec.types, spec.column_options)
    check_column_options(options, frame.columns)
    stats = compute_table_stats(frame, options)
    encoded = encode_target(frame[spec.target], spec.task, spec.positive_class, stats[spec.target])
    _reject_few_rows(len(encoded.y), spec.target)
    chosen = get_metric(spec.metric, encoded.task)
    check_computable(chosen.name, encoded.y)
    warnings += [f"{note.detail} {note.fix}" for note in target_notes(encoded)]
    known = frame if encoded.mask.all() else frame.loc[encoded.mask]
    excluded = {*spec.exclude_columns, *([spec.group_column] if spec.group_column else [])}
    plan, features = fit_preprocessor(
        known,
        encoded.y,
        target=spec.target,
        exclude_columns=excluded,
        stats=stats if known is frame else recount(stats, known),
    )
    warnings += reading_warnings(stats[spec.target], encoded.task, plan.column_decisions)
    encoder = TextEncoder.fit(features, spec.seed)
    repeats = find_repeated_rows(features, encoded.y)
    groups, grouping = _rows_to_keep_together(known, repeats, spec)
    warnings += _repeat_warnings(repeats, spec)
    times = time_order(known[spec.time_column], stats[spec.time_column]) if spec.time_column else None
    splits, first = _cut(features, encoded, groups, times, spec, run.budget.total_s)
    _check_classes_meet(encoded, splits[:first], chosen)
    training = TrainingSet(
        _task_spec(encoded, chosen, spec, min(first, len(splits))),
        chosen,
        encoder.encode(features),
        encoded.y,
        splits,
        TargetScaler.fit(encoded.y, chosen.name) if encoded.task == "regression" else TargetScaler(),
        throttled(run.callback.should_stop),
        first,
        is_time_ordered=bool(spec.time_column),
        groups=groups,
        grouping=grouping,
    )
    sample = draw_background_sample(known, plan, spec.seed)
    csv = describe_csv(frame.attrs["dialect"], frame.shape[1]) if "dialect" in frame.attrs else None
    reading = target_reading(stats[spec.target], encoded.task)
    names = _row_names(known)
    rows = rows[encoded.mask]
    return PreparedData(encoded, chosen, plan, encoder, features, training, warnings, sample, names, rows, reading, csv)


def _sample_warnings(n_used: int, n_rows: int) -> list[str]:
    if n_used == n_rows:
        return []
    return [f"Trained on a random sample of {n_used:,} of {n_rows:,} rows: the time budget is too short for all."]


def _reject_few_rows(n_rows: int, target: str) -> None:
    if n_rows < MIN_ROWS:
        raise DataError(
            "TOO_FEW_ROWS",
            f"Only {plural(n_rows, 'row')} with a value in {target!r}; at least {MIN_ROWS} are needed.",
            "Add rows.",
        )


def _task_spec(encoded: Target, metric: Metric, spec: FitSpec, n_splits: int) -> TaskSpec:
    return TaskSpec(
        encoded.task,  # type: ignore[arg-type]
        len(encoded.classes),
        metric.name,
        spec.n_jobs,
        spec.seed,
        uses_absolute_error=metric.name in ("mae", "mape"),
        n_splits=n_splits,
    )


def _affordable_rows(frame: pd.DataFrame, seed: int, budget_s: float) -> Array:
    """Draw as many rows as the budget pays for, if not all; return their places."""
    affordable = max(1_000, int(CELLS_PER_SECOND * budget_s / max(1, frame.shape[1])))
    if len(frame) <= affordable:
        return np.arange(len(frame))
    return np.sort(np.random.default_rng(seed).choice(len(frame), affordable, replace=False))


def _cut(
    features: Features, target: Target, groups: Array | None, times: Array | None, spec: FitSpec, budget_s: float
) -> tuple[list[Split], int]:
    """Cut the folds, and say how many of them a trial is fitted on."""
    n_splits, first = choose_n_splits(len(features), features.n_columns, budget_s, len(target.classes))
    if spec.time_column and first < n_splits:
        n_splits = first = 1  # the first windows of time are the shortest ones
    kept = {"groups" if spec.group_column else "copies": groups}
    splits = folds(target.y, target.task, n_splits, spec.seed, times=times, **kept)
    if not splits:
        raise DataError(
            "CANNOT_SPLIT",
            "The rows cannot be split into training and validation rows.",
            "Use a group or time column with more distinct values, or leave it out.",
        )
    return splits, first


def _rows_to_keep_together(known: pd.DataFrame, repeats: RepeatedRows, spec: FitSpec) -> tuple[Array | None, str]:
    """Return the codes (n,) of rows that stand on one side of each split, if any do, and what they are in words."""
    if spec.group_column:
        keys = map_unique(known[spec.group_column], lambda cell: label_key(cell) or "", "", object)
        return np.unique(keys, return_inverse=True)[1], "" if spec.time_column else "groups"
    if repeats.are_copies and not spec.time_column:
        return repeats.codes, "repeated rows"
    return None, ""


def _repeat_warnings(repeats: RepeatedRows, spec: FitSpec) -> list[str]:
    messages = []
    n_rows, apart = len(repeats.codes), repeats.are_copies and not (spec.group_column or spec.time_column)
    if apart or repeats.n_repeated > REPEATED_SHARE * n_rows:
        copies = "duplicates were kept in the same fold" if apart else "they may be in different folds"
        messages.append(f"{repeats.n_repeated:,} of {plural(n_rows, 'row')} repeat an earlier row: {copies}.")
    if spec.group_column and spec.time_column:
        messages.append("Rows were split by time, so rows of one group may be both in training and in validation.")
    return messages


def _check_classes_meet(target: Target, splits: Sequence[Split], metric: Metric) -> None:
    """Raise where no validated part has rows of two classes, which the metric compares."""
    if metric.name in ("auc", "average_precision") and all(len(np.unique(target.y[valid])) < 2 for _, valid in splits):
        raise SpecError(
            "METRIC_NEEDS_TWO_CLASSES",
            f"{metric.name} compares rows of different classes, and every part that is scored has rows of one only.",
            "Choose log_loss or accuracy, or another group or time column.",
        )


def _row_names(known: pd.DataFrame) -> Array:
    index = known.index
    return index.to_numpy() if pd.api.types.is_integer_dtype(index) else index.astype(str).to_numpy()
