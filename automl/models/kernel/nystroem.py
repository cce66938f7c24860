"""Rows by their similarity to landmark rows: the algebra of kernel machines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from automl._typing import Array

GRADIENT_ROWS = 1_000
JITTER = 1e-4
"""Added to each landmark's similarity to itself, so that near-duplicates leave the matrix invertible."""


@dataclass(frozen=True)
class NystroemMap:
    """Rows seen from landmarks, m of them: Nyström's approximation of the kernel between all rows.

    Attributes:
        points: (n, p) scaled rows.
        chosen: which of them are the m landmarks, ascending.
        distance: (n, m), from row to landmark.
        similar: (n, m) kernel values.
        factor: (m, m) lower Cholesky factor of the landmarks' own kernel matrix.
        width, power: of the kernel.
    """

    points: Array
    chosen: Array
    distance: Array
    kernel_values: Array
    factor: Array
    width: float
    power: float

    @classmethod
    def make(cls, points: Array, chosen: Array, width: float, power: float, rng: np.random.Generator) -> NystroemMap:
        """Make a kernel; the width is in units of the median distance."""
        from scipy.linalg import cholesky

        distance = distances(points, points[chosen])
        sample = rng.choice(len(points), min(len(points), 400), replace=False)
        width = width * float(np.median(distance[sample])) + 1e-9
        similar = np.exp(-((distance / width) ** power))
        own = similar[chosen].copy()
        own[np.diag_indices(len(own))] = 1.0 + JITTER
        return cls(points, chosen, distance, similar, cholesky(own, lower=True), width, power)

    @property
    def landmarks(self) -> Array:
        return self.points[self.chosen]

    def whitened(self) -> Array:
        """Compute (n, m) features, float32, whose inner products are the kernel's."""
        from scipy.linalg import solve_triangular

        return np.asarray(solve_triangular(self.factor, self.kernel_values.T, lower=True).T, dtype=np.float32)

    def unwhiten(self, weights: Array) -> Array:
        """Convert weights of whitened features to weights of similarities."""
        from scipy.linalg import solve_triangular

        return np.asarray(solve_triangular(self.factor, weights, lower=True, trans="T"))

    def ridge(self, targets: Array, strength: float) -> Array:
        """Compute weights (m, k) of the similarities with the least squared error plus penalty."""
        from scipy.linalg import cho_factor, cho_solve

        if len(self.chosen) == len(self.points):
            own = self.kernel_values.copy()
            own[np.diag_indices(len(own))] = 1.0 + JITTER + 1.0 / strength
            return np.asarray(cho_solve(cho_factor(own, lower=True), targets))
        features = self.whitened()
        gram = (features.T @ features).astype(np.float64)
        gram[np.diag_indices(len(gram))] += 1.0 / strength
        return self.unwhiten(cho_solve(cho_factor(gram, lower=True), features.T.astype(np.float64) @ targets))

    def gradients(self, weights: Array, rng: np.random.Generator) -> Array:
        """Compute the root mean squared derivative of the outputs by each column of the points, (p,), largest 1."""
        rows = rng.choice(len(self.points), min(len(self.points), GRADIENT_ROWS), replace=False)
        points, distance, landmarks = self.points[rows], self.distance[rows], self.landmarks
        near = distance < 1e-3 * self.width  # the kernel has a cusp at a landmark
        ratio = np.where(near, 1.0, distance / self.width)
        slope = np.where(near, 0.0, self.kernel_values[rows] * self.power * ratio ** (self.power - 2) / self.width**2)
        squares = np.zeros(points.shape[1])
        for column in weights.T:
            pull = slope * column
            squares += ((points * pull.sum(axis=1, keepdims=True) - pull @ landmarks) ** 2).mean(axis=0)
        roots = np.sqrt(squares)
        return np.asarray(roots / (roots.max() or 1.0))


def distances(points: Array, landmarks: Array) -> Array:
    """Compute Euclidean distances (n, m) in float64."""
    points, landmarks = points.astype(np.float64, copy=False), landmarks.astype(np.float64, copy=False)
    squared = np.einsum("ij,ij->i", points, points)[:, None] + np.einsum("ij,ij->i", landmarks, landmarks)
    squared -= 2.0 * (points @ landmarks.T)
    return np.asarray(np.sqrt(np.maximum(squared, 0.0, out=squared), out=squared))
