"""Kernel machines: ridge and logistic regression on the similarities to landmark rows; strong on small, smooth data."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from optuna.distributions import FloatDistribution, IntDistribution
from scipy.special import softmax

from automl._typing import Array
from automl.models.base import Effort, FitData, FittedModel, ModelFamily, Params, Space, TaskSpec
from automl.models.dense_encoder import DenseEncoder
from automl.models.kernel.nystroem import NystroemMap, distances
from automl.models.linear.logistic import fit_logistic
from automl.preprocessing.text_encoder import EncodedFeatures

MAX_ROWS = 20_000
MAX_COLUMNS = 300
MAX_CLASSES = 50
MAX_LANDMARKS = 2_000
MAX_CELLS = 20_000_000
"""Maximum cells of the matrix of similarities: 160 MB, of which there are up to three."""
FLOPS = 1.2e10
"""Floating point operations a second of one thread, cautiously."""
CHUNK_CELLS = 4_000_000


class Kernel(ModelFamily):
    """Regression in the space of an exponential kernel exp(-(distance / width)^power), by Nyström's method.

    Columns count by their relevance: after a fit each column is scaled by the root of its mean squared gradient, and
    the fit repeated (the diagonal form of recursive feature machines, Radhakrishnan et al. 2024). With as many
    landmarks as rows this is exact kernel ridge (or logistic) regression.
    """

    name = "kernel"
    library = "numpy"
    portfolio_ranks = (100, 190)
    onnx_converter = "distance_based:kernel_to_onnx"
    max_trials = 40

    def supports(self, problem: TaskSpec, table: EncodedFeatures) -> bool:
        small = len(table) <= 2 * MAX_ROWS and table.n_columns <= MAX_COLUMNS
        return small and problem.n_classes <= MAX_CLASSES

    def search_space(self, problem: TaskSpec) -> Space:
        return {
            "C": FloatDistribution(0.03, 1000.0, log=True),
            "width": FloatDistribution(0.2, 5.0, log=True),
            "power": FloatDistribution(0.5, 2.0),
            "passes": IntDistribution(0, 3),
        }

    def defaults(self, problem: TaskSpec) -> list[Params]:
        strength = {"binary": 10.0, "multiclass": 100.0, "regression": 3.0}[problem.task]
        first = {"C": strength, "width": 1.0, "power": 1.3, "passes": 2}
        return [first, {**first, "C": strength / 10, "width": 2.0, "power": 1.0}]

    def estimate_fit_seconds(self, problem: TaskSpec, n_rows: int, n_columns: int) -> float:
        n = min(n_rows, MAX_ROWS)
        return 0.05 + 4 * _pass_flops(n, _affordable(n, 0.5)) / FLOPS

    def estimate_memory_bytes(self, problem: TaskSpec, n_rows: int, n_columns: int) -> int:
        n = min(n_rows, MAX_ROWS)
        return 8 * n * (n_columns + 3 * _affordable(n))

    def fit(self, params: Mapping[str, Any], problem: TaskSpec, fold: FitData) -> FittedModel:
        rng = np.random.default_rng(problem.seed)
        train, y = fold.train, fold.y
        if len(train) > MAX_ROWS:
            rows = rng.choice(len(train), MAX_ROWS, replace=False)
            train, y = train.take(rows), y[rows]
        encoder = DenseEncoder.fit(train)
        points = encoder.transform(train).astype(np.float64)
        n = len(points)
        repeat, passes = fold.repeat or Effort(), int(params["passes"])
        planned = min(repeat.landmarks or n, _affordable(n))
        count = planned
        if fold.repeat is None:
            count = _affordable(n, (fold.deadline - time.monotonic()) / (passes + 2))
        else:
            passes = passes if repeat.rounds is None else int(repeat.rounds)
        landmarks = np.sort(rng.choice(n, count, replace=False))
        targets = np.eye(problem.n_classes)[y] if problem.is_classification else y[:, None]
        mean = targets.mean(axis=0)
        relevance = np.ones(points.shape[1])
        for remaining in range(passes, -1, -1):
            started = time.monotonic()
            space = NystroemMap.make(points * relevance, landmarks, params["width"], params["power"], rng)
            took_s = time.monotonic() - started
            if not remaining or fold.is_over() or time.monotonic() + 4 * took_s > fold.deadline:
                break
            weights = space.ridge(targets - mean, params["C"])
            relevance = relevance * np.sqrt(space.gradients(weights, rng))
            relevance /= relevance.max() or 1.0
        reached: int | None = None
        if problem.is_classification:
            similarities = space.whitened()
            part = FitData(train, y, fold.deadline, should_stop=fold.should_stop)
            flat, bias, reached = fit_logistic(similarities, problem.n_classes, params["C"], part)
            weights = space.unwhiten(flat)
        else:
            weights, bias = space.ridge(targets - mean, params["C"]), mean
        fitted = FittedKernel(
            encoder,
            relevance.astype(np.float32),
            space.landmarks.astype(np.float32),
            np.array([space.width, space.power]),
            weights.astype(np.float32),
            bias,
        )
        effort = Effort(landmarks=count, rounds=passes - remaining if remaining else None)
        return fitted.with_effort(effort, is_truncated=count < planned or remaining > 0 or reached is not None)

    def load(self, folder: Path) -> FittedModel:
        with np.load(folder / "kernel.npz", allow_pickle=False) as file:
            arrays = dict(file)
        names = ("relevance", "landmarks", "shape", "weights", "bias")
        return FittedKernel(DenseEncoder.from_arrays(arrays), *(arrays[name] for name in names))


class FittedKernel(FittedModel):
    """Landmarks (m, p), already scaled by the relevance (p,); weights (m, k), bias (k,); k is 1 for regression."""

    def __init__(
        self, encoder: DenseEncoder, relevance: Array, landmarks: Array, shape: Array, weights: Array, bias: Array
    ) -> None:
        self._encoder = encoder
        self._relevance = relevance
        self._landmarks = landmarks
        self._shape = shape
        self._weights = weights
        self._bias = bias

    def predict(self, table: EncodedFeatures) -> Array:
        points = self._encoder.transform(table) * self._relevance
        step = max(1, CHUNK_CELLS // len(self._landmarks))
        parts = [self._answer(points[start : start + step]) for start in range(0, max(len(points), 1), step)]
        values = parts[0] if len(parts) == 1 else np.concatenate(parts)
        return np.asarray(softmax(values, axis=1)) if len(self._bias) > 1 else values[:, 0]

    def _answer(self, points: Array) -> Array:
        width, power = self._shape
        similar = np.exp(-((distances(points, self._landmarks) / width) ** power))
        return np.asarray(similar @ self._weights + self._bias)

    def save(self, folder: Path) -> None:
        np.savez(
            folder / "kernel.npz",
            allow_pickle=False,
            relevance=self._relevance,
            landmarks=self._landmarks,
            shape=self._shape,
            weights=self._weights,
            bias=self._bias,
            **self._encoder.to_arrays(),
        )


def _pass_flops(n: int, m: int) -> float:
    """Estimate the operations of one pass, roughly: similarities, whitening, normal equations."""
    return n * m * (150.0 + 3.0 * m) + m**3


def _affordable(n: int, seconds: float = 1e9) -> int:
    """Return how many landmarks memory and the seconds of one pass allow."""
    count = min(n, MAX_LANDMARKS, max(1, MAX_CELLS // max(n, 1)))
    while count > 50 and _pass_flops(n, count) > FLOPS * seconds:
        count = int(count * 0.9)
    return count
