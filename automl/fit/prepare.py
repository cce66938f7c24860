"""From the user's table to what trials are run on: target, cleaning, text, folds."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from automl.errors import DataError, SpecError
from automl.inference.background_sample import BackgroundSample, draw_background_sample
from automl.metrics import Metric, get_metric
from automl.models.base import Array, TaskSpec
from automl.parsing.scalars import to_label
from automl.parsing.vectorized import map_unique, to_floats
from automl.postprocessing import TargetScaler
from automl.preprocessing.column_stats import compute_column_stats
from automl.preprocessing.features import Features
from automl.preprocessing.fit import fit_preprocessor
from automl.preprocessing.preprocessor import Preprocessor
from automl.preprocessing.target import Target, encode_target
from automl.preprocessing.text_encoder import TextEncoder
from automl.preprocessing.transformers import DatetimeTransformer, NumericTransformer
from automl.search.splits import choose_n_splits, folds
from automl.search.training_set import TrainingSet

MIN_ROWS = 10
CELLS_PER_SECOND = 500_000
"""Cells that a second of the budget pays for: cleaning takes a part of it, and models must be fitted besides."""


@dataclass(frozen=True)
class PreparedData:
    """Everything that is known before the first fit.

    `index` (n,) is what the user knows the rows by: whole numbers where the data frame's index has such, else text.
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


def prepare(
    frame: pd.DataFrame,
    target: str,
    *,
    task: str,
    metric_name: str,
    positive_class: object,
    types: Mapping[str, str] | None,
    exclude_columns: Collection[str],
    group_column: str | None,
    time_column: str | None,
    budget_s: float,
    n_jobs: int,
    seed: int,
    should_stop: Callable[[], bool],
) -> PreparedData:
    """Check the request, encode the target, clean the columns, and cut the folds.

    Raises:
        SpecError, DataError: what was asked for, or the table, cannot work.
    """
    frame = frame.rename(columns=str)
    for name, role in ((target, "target"), (group_column, "group column"), (time_column, "time column")):
        if name is not None and name not in frame.columns:
            raise SpecError(
                f"{role.upper().replace(' ', '_')}_NOT_FOUND",
                f"The table has no column {name!r} to be the {role}.",
                f"Its columns begin with {', '.join(map(repr, list(frame.columns)[:10]))}.",
            )
        if name is not None and list(frame.columns).count(name) > 1:
            raise SpecError(
                "COLUMN_NAMED_TWICE",
                f"Several columns are called {name!r}, so the {role} cannot be told.",
                "Rename them.",
                column=name,
            )
    warnings = [str(text) for text in frame.attrs.get("warnings", ())]
    affordable = max(1_000, int(CELLS_PER_SECOND * budget_s / max(1, frame.shape[1])))
    if len(frame) > affordable:
        warnings.append(
            f"{affordable} of {len(frame)} rows were used, drawn at random: the time budget is too short for all."
        )
        rows = np.random.default_rng(seed).choice(len(frame), affordable, replace=False)
        frame = frame.iloc[np.sort(rows)]
    encoded = encode_target(frame[target], task, positive_class)
    if len(encoded.y) < MIN_ROWS:
        raise DataError(
            "TOO_FEW_ROWS",
            f"Only {len(encoded.y)} rows have a value in {target!r}; at least {MIN_ROWS} are needed.",
            "Add rows.",
        )
    chosen = get_metric(metric_name, encoded.task)
    known = frame if encoded.mask.all() else frame.loc[encoded.mask]
    if len(known) < len(frame):
        warnings.append(f"{len(frame) - len(known)} rows without a value in {target!r} were left out.")
    excluded = {*exclude_columns, *([group_column] if group_column else [])}
    plan, features = fit_preprocessor(known, encoded.y, target=target, types=types, exclude_columns=excluded)
    encoder = TextEncoder.fit(features, seed)
    table = encoder.encode(features)
    n_splits, first = choose_n_splits(len(features), features.n_columns, budget_s, len(encoded.classes))
    if time_column and first < n_splits:
        n_splits = first = 1  # the first windows of time are the shortest ones
    groups = None
    if group_column:
        groups = np.unique(map_unique(known[group_column], str, "", object), return_inverse=True)[1]
    splits = folds(
        encoded.y,
        encoded.task,
        n_splits,
        seed,
        groups=groups,
        times=_time_order(known[time_column]) if time_column else None,
    )
    if not splits:
        raise DataError(
            "CANNOT_SPLIT",
            "The rows cannot be cut into a part to learn from and a part to validate on.",
            "Use a group or time column with more distinct values, or leave it out.",
        )
    problem = TaskSpec(
        encoded.task,  # type: ignore[arg-type]
        len(encoded.classes),
        chosen.name,
        n_jobs,
        seed,
        uses_absolute_error=chosen.name in ("mae", "mape"),
        n_splits=min(first, len(splits)),
    )
    scale = TargetScaler.fit(encoded.y, chosen.name) if encoded.task == "regression" else TargetScaler()
    training = TrainingSet(
        problem,
        chosen,
        table,
        encoded.y,
        splits,
        scale,
        should_stop,
        first,
        is_time_ordered=bool(time_column),
        groups=groups,
    )
    sample = draw_background_sample(known, plan, seed)
    index = known.index.to_numpy() if pd.api.types.is_integer_dtype(known.index) else known.index.astype(str).to_numpy()
    return PreparedData(encoded, chosen, plan, encoder, features, training, [*warnings, *plan.warnings], sample, index)


def _time_order(series: pd.Series) -> Array:
    """Sortable values (n,) of a time column: dates, else numbers, else the alphabet; missing ones first."""
    about = compute_column_stats(series, str(series.name))
    decimal, unit, _ = about.number_format
    for values in (
        to_floats(series),
        DatetimeTransformer(about.name, about.day_first).seconds(series),
        NumericTransformer(about.name, decimal, unit).values(series),
    ):
        if values is not None and np.isfinite(values).mean() > 0.9:
            return np.where(np.isfinite(values), values, -np.inf)
    return map_unique(series, lambda cell: to_label(cell) or "", "", object)
