"""A model that is known by heart, its reference, and windows of requests that it answered, shifted or not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from automl.monitoring import request_columns as columns
from automl.monitoring.window import WatchedVersion
from automl.reference.reference import Reference

LABELS = {"binary": ["no", "yes"], "multiclass": ["low", "middle", "high"], "regression": []}
IMPORTANCE = [{"feature": "x", "importance": 0.3}, {"feature": "z", "importance": 0.1}]


def inputs(n: int, seed: int, shift: float = 0.0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "x": rng.normal(shift, 1, n),
            "z": rng.exponential(1.0, n),
            "colour": rng.choice(["red", "green", "blue"], n, p=[0.5, 0.3, 0.2]),
        }
    )


def output(task: str, rows: pd.DataFrame) -> Any:
    """What the model says, which is exactly as likely as it says."""
    score = (2 * rows["x"] + (rows["colour"] == "red")).to_numpy()
    if task == "regression":
        return 10 + 3 * score
    if task == "binary":
        positive = 1 / (1 + np.exp(-score))
        return np.column_stack([1 - positive, positive])
    raw = np.exp(np.column_stack([-score, np.zeros(len(score)), score]))
    return raw / raw.sum(axis=1, keepdims=True)


def truth(task: str, rows: pd.DataFrame, seed: int) -> Any:
    rng, said = np.random.default_rng(seed), output(task, rows)
    if task == "regression":  # the larger z, the less is known
        return said + rng.normal(size=len(rows)) * (0.5 + rows["z"].to_numpy())
    drawn = (rng.random((len(rows), 1)) > np.cumsum(said, axis=1)[:, :-1]).sum(axis=1)
    return np.array(LABELS[task], dtype=object)[drawn]


def watched(task: str, n: int = 2_000, number: int | None = None) -> WatchedVersion:
    rows = inputs(n, 0)
    reference = Reference(
        rows, truth(task, rows, 11), output(task, rows), np.zeros(n, dtype=np.int16), LABELS[task], task, "y"
    )
    features = [
        {"name": "x", "type": "number"},
        {"name": "z", "type": "number"},
        {"name": "colour", "type": "category"},
    ]
    metric = "rmse" if task == "regression" else "accuracy"
    return WatchedVersion(
        reference, {"features": features, "importance": IMPORTANCE, "metric": metric, "task": task}, number
    )


def requests(
    task: str, rows: pd.DataFrame, labels: Any = None, *, version: int = 1, threshold: float | None = None
) -> pa.Table:
    said = output(task, rows)
    n, labels_of = len(rows), LABELS[task]
    text = not labels_of
    if text:
        answers: Any = said
    elif threshold is None:
        answers = np.array(labels_of, dtype=object)[said.argmax(axis=1)]
    else:
        answers = np.array(labels_of, dtype=object)[(said[:, 1] >= threshold).astype(int)]
    kind = pa.float64() if text else pa.string()
    return pa.table(
        {
            columns.ID: [f"r{i}" for i in range(n)],
            columns.VERSION: pa.array([version] * n, pa.int32()),
            **{columns.input_column(name): pa.array(rows[name].tolist()) for name in rows},
            columns.PREDICTION: pa.array(answers.tolist(), kind),
            columns.PROBABILITIES: pa.array([None] * n if text else said.tolist(), pa.list_(pa.float64())),
            columns.LABEL: pa.array([None] * n if labels is None else list(labels), kind),
        }
    )
