"""k nearest neighbours, weighted by distance, in plain NumPy: small data only, different from all other families."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from optuna.distributions import FloatDistribution, IntDistribution

from automl._typing import Array
from automl.models.base import Effort, FitData, FittedModel, ModelFamily, Params, Space, TaskSpec
from automl.models.dense_encoder import DenseEncoder
from automl.preprocessing.text_encoder import EncodedFeatures

MAX_ROWS = 20_000
MAX_COLUMNS = 500
MAX_CLASSES = 100
MIN_ROWS = 500
CHUNK_CELLS = 4_000_000
PAIR_S = 2e-8
COLUMN_S = 5e-10
"""Seconds for the distance of two rows, and more for each column."""


class KNearestNeighbors(ModelFamily):
    """Distances are Euclidean on scaled columns; weights fall with a power of the distance."""

    name = "neighbours"
    library = "numpy"
    portfolio_ranks = (150, 240)
    onnx_converter = "distance_based:knn_to_onnx"
    max_trials = 20
    refit_is_cheap = True

    def supports(self, problem: TaskSpec, table: EncodedFeatures) -> bool:
        small = len(table) <= 2 * MAX_ROWS and table.n_columns <= MAX_COLUMNS
        return small and problem.n_classes <= MAX_CLASSES

    def estimate_fit_seconds(self, problem: TaskSpec, n_rows: int, n_columns: int) -> float:
        return 0.02 + n_rows * min(n_rows, MAX_ROWS) * (PAIR_S + COLUMN_S * n_columns) / 4

    def estimate_memory_bytes(self, problem: TaskSpec, n_rows: int, n_columns: int) -> int:
        points = min(n_rows, MAX_ROWS)
        return 8 * points * 3 * n_columns + 24 * CHUNK_CELLS

    def search_space(self, problem: TaskSpec) -> Space:
        return {"k": IntDistribution(1, 100, log=True), "power": FloatDistribution(0.0, 3.0)}

    def defaults(self, problem: TaskSpec) -> list[Params]:
        return [{"k": 15, "power": 1.0}, {"k": 5, "power": 1.0}]

    def fit(self, params: Mapping[str, Any], problem: TaskSpec, fold: FitData) -> FittedModel:
        train, y = fold.train, fold.y
        # Fitting is nothing: what must fit into the time is answering the rows that validate.
        n_queries = 1 if fold.valid is None else max(1, len(fold.valid))
        affordable = (fold.deadline - time.monotonic()) / (n_queries * (PAIR_S + COLUMN_S * train.n_columns))
        wanted = min(MAX_ROWS, len(train))
        repeat = fold.repeat
        if repeat is not None:
            wanted = min(wanted, repeat.rows or wanted)
        count = wanted if repeat is not None else int(min(wanted, max(MIN_ROWS, affordable)))
        if len(train) > count:
            rows = np.random.default_rng(problem.seed).choice(len(train), count, replace=False)
            train, y = train.take(rows), y[rows]
        encoder = DenseEncoder.fit(train)
        targets = np.eye(problem.n_classes, dtype=np.float32)[y] if problem.is_classification else y
        k = min(int(params["k"]), len(train))
        model = FittedKNearestNeighbors(encoder, encoder.transform(train), targets, k, float(params["power"]))
        if fold.is_over():
            raise TimeoutError("encoding the rows took all the time")
        return model.with_effort(Effort(rows=count if count < wanted else None), is_truncated=count < wanted)

    def load(self, folder: Path) -> FittedModel:
        with np.load(folder / "neighbours.npz", allow_pickle=False) as file:
            arrays = dict(file)
        return FittedKNearestNeighbors(
            DenseEncoder.from_arrays(arrays),
            arrays["points"],
            arrays["targets"],
            int(arrays["k"]),
            float(arrays["power"]),
        )


class FittedKNearestNeighbors(FittedModel):
    """Points of shape (m, p); targets one-hot of shape (m, k) or values of shape (m,)."""

    def __init__(self, encoder: DenseEncoder, points: Array, targets: Array, k: int, power: float) -> None:
        self._encoder = encoder
        self._points = points
        self._squares = np.einsum("ij,ij->i", points, points)
        self._targets = targets
        self._k = k
        self._power = power

    def predict(self, table: EncodedFeatures) -> Array:
        queries = self._encoder.transform(table)
        step = max(1, CHUNK_CELLS // len(self._points))
        parts = [self._predict_chunk(queries[start : start + step]) for start in range(0, len(queries), step)]
        return np.concatenate(parts) if parts else np.empty((0, *self._targets.shape[1:]))

    def _predict_chunk(self, queries: Array) -> Array:
        squared = self._squares - 2 * queries @ self._points.T + np.einsum("ij,ij->i", queries, queries)[:, None]
        nearest = np.argpartition(squared, self._k - 1, axis=1)[:, : self._k]
        distance = np.sqrt(np.maximum(np.take_along_axis(squared, nearest, axis=1), 0.0))
        # Relative to the median neighbour: the power then means the same at every density. The floor keeps
        # exact duplicates from being all that counts.
        relative = distance / np.maximum(np.median(distance, axis=1, keepdims=True), 1e-9)
        weights = 1.0 / np.maximum(relative, 0.05) ** self._power
        weights /= weights.sum(axis=1, keepdims=True)
        if self._targets.ndim == 1:
            return np.asarray(np.einsum("ij,ij->i", weights, self._targets[nearest]))
        votes = np.einsum("ij,ijk->ik", weights, self._targets[nearest])
        # A class none of k neighbours has is rare, not impossible (additive smoothing by one vote among them).
        return np.asarray((votes * self._k + 1.0 / votes.shape[1]) / (self._k + 1.0))

    def save(self, folder: Path) -> None:
        np.savez(
            folder / "neighbours.npz",
            allow_pickle=False,
            points=self._points,
            targets=self._targets,
            k=np.array(self._k),
            power=np.array(self._power),
            **self._encoder.to_arrays(),
        )
