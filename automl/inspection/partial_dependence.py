"""Partial dependence (Friedman 2001): how the mean prediction moves with the value of one column.

The column is set to one value after another in rows the model has not seen.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from automl._typing import Array
from automl.evaluation.to_json import to_json
from automl.preprocessing.features import Features
from automl.preprocessing.preprocessor import Preprocessor, concatenate_features
from automl.preprocessing.transformers.basic import (
    BooleanTransformer,
    CategoricalTransformer,
    DatetimeTransformer,
    NumericTransformer,
    Transformer,
)

MAX_COLUMNS = 8
MAX_ROWS = 200
MIN_ROWS = 20
GRID = 15
MIN_GRID = 4
MAX_LABELS = 12
MAX_CLASSES = 5
EDGE = 0.02
"""Quantile at either end beyond which values are left out: a single far value would squeeze the rest of the curve."""


def partial_dependence(
    predict: Callable[[Features], Array],
    plan: Preprocessor,
    features: Features,
    columns: Sequence[str],
    answers: Sequence[str],
    *,
    deadline: float,
    seed: int,
) -> list[dict[str, Any]]:
    """Compute the mean prediction along a grid of values of each column; JSON values.

    Args:
        predict: probabilities (n, k) or values (n,) for cleaned rows, by models that have not seen them.
        plan: knows which features come from which column.
        features: cleaned rows; at most `MAX_ROWS` of them are used, fewer where models are slow.
        columns: by importance, greatest first; text has no grid and is passed over, 8 are the most.
        answers: names of what is predicted: the k classes, or the target alone.
        deadline: `time.monotonic()`; columns not reached by then are left out.
        seed: of the sample of rows.

    Returns:
        `{feature, kind, values, shares?, series: [{name, means}…]}`: `kind` is number, date, category or boolean;
        `shares` of the rows have that label. For two classes it has the positive one, for many the five likeliest.
    """
    rng = np.random.default_rng(seed)
    rows = rng.permutation(len(features))[:MAX_ROWS]
    where = _places(plan)
    found: list[dict[str, Any]] = []
    for name in columns:
        if len(found) == MAX_COLUMNS or time.monotonic() >= deadline or not len(rows):
            break
        steps, numeric_at, categorical_at, text_at = where[name]
        grid = _grid(steps[0], features, numeric_at, categorical_at, plan, name)
        if grid is None:
            continue
        kind, cells, shares = grid
        started = time.monotonic()
        block = concatenate_features(steps, [step.transform(cells) for step in steps], len(cells))
        means = _means(predict, features.take(rows), block, (numeric_at, categorical_at, text_at))
        found.append({"feature": name, "kind": kind, "values": cells, "series": _series(means, answers)})
        if shares is not None:
            found[-1]["shares"] = shares
        # The other columns on fewer rows say more than this one alone.
        share = (deadline - time.monotonic()) / max((time.monotonic() - started) * MAX_COLUMNS, 1e-9)
        rows = rows[: max(MIN_ROWS, int(min(share, 1.0) * len(rows)))]
    return list(to_json(found))


def _places(plan: Preprocessor) -> dict[str, tuple[list[Transformer], int, int, int]]:
    """Return each column's steps, and where its numeric, categorical and text features begin."""
    found: dict[str, tuple[list[Transformer], int, int, int]] = {}
    p = q = t = 0
    for name, group in itertools.groupby(plan.transformers, key=lambda step: step.column):
        steps = list(group)
        found[name] = steps, p, q, t
        p += sum(len(step.numeric_names) for step in steps)
        q += sum(len(step.categorical_names) for step in steps)
        t += sum(len(step.text_names) for step in steps)
    return found


def _grid(
    step: Transformer, features: Features, p: int, q: int, plan: Preprocessor, name: str
) -> tuple[str, list[Any], list[float] | None] | None:
    """Return (kind, cells, shares of rows) to set the column to; None if it varies too little or is text."""
    if isinstance(step, CategoricalTransformer):
        codes = features.categorical[:, q]
        counts = np.bincount(codes[(codes >= 0) & (codes < len(step.labels))], minlength=len(step.labels))
        top = [int(i) for i in np.argsort(-counts, kind="stable")[:MAX_LABELS] if counts[i]]
        shares = [float(counts[i]) / max(len(codes), 1) for i in top]
        return ("category", [step.labels[i] for i in top], shares) if len(top) > 1 else None
    if not isinstance(step, NumericTransformer | DatetimeTransformer | BooleanTransformer):
        return None
    values = features.numeric[:, p].astype(np.float64)
    values = values[~np.isnan(values)]
    if not len(values) or np.ptp(values) == 0:
        return None
    if isinstance(step, BooleanTransformer):
        words = next(column for column in plan.input_schema if column["name"] == name).get("choices", [])
        chosen = words if len(words) == 2 else ["0", "1"]
        share = [float((values == each).mean()) for each in step.transform(chosen).numeric[0]]
        return "boolean", list(chosen), share
    levels = np.linspace(EDGE, 1 - EDGE, GRID)
    edges = np.unique(np.quantile(values, levels, method="nearest"))
    if len(edges) < MIN_GRID:  # Nearly all rows have one value: what the few others do is the interesting part.
        edges = np.unique(np.quantile(np.unique(values), np.append(0.0, levels), method="nearest"))
    if len(edges) < 2:
        return None
    if isinstance(step, NumericTransformer):
        return "number", [float(f"{edge + step.offset:.6g}") for edge in edges], None
    moments = [np.datetime64(round(edge * 86_400 + step.reference_s), "s") for edge in edges]
    return "date", [str(moment).removesuffix("T00:00:00") for moment in moments], None


def _means(
    predict: Callable[[Features], Array], features: Features, block: Features, at: tuple[int, int, int]
) -> Array:
    """Return (g, k), the mean prediction with the block's row i in place of the column's own features, in one call."""
    n, g = len(features), len(block)
    many = features.take(np.tile(np.arange(n), g))
    numeric, categorical, text = many.numeric.copy(), many.categorical.copy(), list(many.text)
    p, q, t = at
    numeric[:, p : p + block.numeric.shape[1]] = np.repeat(block.numeric, n, axis=0)
    categorical[:, q : q + block.categorical.shape[1]] = np.repeat(block.categorical, n, axis=0)
    text[t : t + len(block.text)] = [np.repeat(column, n) for column in block.text]
    answer = predict(replace(many, numeric=numeric, categorical=categorical, text=tuple(text)))
    return np.asarray(answer.reshape(g, n, -1).mean(axis=1))


def _series(means: Array, answers: Sequence[str]) -> list[dict[str, Any]]:
    if means.shape[1] == 2:
        shown = [1]
    else:
        shown = [int(i) for i in np.argsort(-means.mean(axis=0), kind="stable")[:MAX_CLASSES]]
    return [{"name": answers[i], "means": means[:, i]} for i in shown]
