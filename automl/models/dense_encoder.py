"""Features as one scaled dense matrix: for the families that need numbers on a common scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from automl.preprocessing.text_encoder import EncodedFeatures

MAX_LEVELS = 50
"""One-hot columns per category column, the most frequent ones; rarer labels share none."""
SOFT_CLIP = 4.0
MAX_ABS_INPUT = np.float32(3e38)
MAX_ABS_SCALED = 1e6
"""Maximum of a scaled number: the squares of larger ones would overflow."""


@dataclass(frozen=True)
class DenseEncoder:
    """Impute, scale, clip; mark missing; one-hot.

    Numbers are centred on their median and scaled by their quartiles, then clipped smoothly as RealMLP does
    (Holzmüller et al. 2024): heavy tails stay ordered but stop dominating.

    Attributes:
        center, scale: float32 of shape (p,).
        missing_indicators: columns, int32, that had missing values in training and get a 0/1 column.
        levels: for each category column the codes, int32, that get a one-hot column.
        text_vectors: whether the vectors made of text are among the p numeric columns.
    """

    center: npt.NDArray[np.float32]
    scale: npt.NDArray[np.float32]
    missing_indicators: npt.NDArray[np.int32]
    levels: tuple[npt.NDArray[np.int32], ...]
    text_vectors: bool = True

    @classmethod
    def fit(cls, table: EncodedFeatures, *, text_vectors: bool = True, max_levels: int = MAX_LEVELS) -> DenseEncoder:
        """Learn scales and levels from training rows."""
        numeric = table.numeric if text_vectors else table.numeric_without_text
        missing = ~np.isfinite(numeric)
        clean = np.where(missing, np.nan, numeric).astype(np.float64)
        empty = missing.all(axis=0) if len(numeric) else np.zeros(numeric.shape[1], dtype=bool)
        clean[:, empty] = 0.0
        if clean.shape[1]:
            low, centre, high = np.nanquantile(clean, [0.25, 0.5, 0.75], axis=0)
            spread = np.nanmax(clean, axis=0) - np.nanmin(clean, axis=0)
        else:
            low = centre = high = spread = np.empty(0)
        # Where half of the values are equal the quartiles say nothing: use the range.
        width = np.where(high > low, (high - low) / 1.349, spread / 2)
        varies = width > np.finfo(np.float32).tiny  # or its inverse is no float32
        levels = []
        for j, labels in enumerate(table.categories):
            codes = table.categorical[:, j]
            counts = np.bincount(codes[(codes >= 0) & (codes < len(labels))], minlength=len(labels))
            frequent = np.argsort(-counts, kind="stable")[:max_levels]
            levels.append(np.sort(frequent[counts[frequent] > 0]).astype(np.int32))
        return cls(
            centre.astype(np.float32),
            np.where(varies, 1.0 / np.where(varies, width, 1.0), 0.0).astype(np.float32),
            np.flatnonzero(missing.any(axis=0) & ~empty).astype(np.int32),
            tuple(levels),
            text_vectors,
        )

    def transform(self, table: EncodedFeatures) -> npt.NDArray[np.float32]:
        """Encode as float (n, p + marked + all levels), no NaN."""
        numeric = table.numeric if self.text_vectors else table.numeric_without_text
        finite = np.isfinite(numeric)
        with np.errstate(over="ignore"):
            distance = np.clip(np.where(finite, numeric, self.center) - self.center, -MAX_ABS_INPUT, MAX_ABS_INPUT)
            scaled = np.clip(distance * self.scale, -MAX_ABS_SCALED, MAX_ABS_SCALED)
        parts = [scaled / np.sqrt(1 + (scaled / SOFT_CLIP) ** 2), ~finite[:, self.missing_indicators]]
        parts += [table.categorical[:, j, None] == codes for j, codes in enumerate(self.levels)]
        return np.concatenate(parts, axis=1, dtype=np.float32)

    def to_arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return plain arrays, for an npz file."""
        return {
            "center": self.center,
            "scale": self.scale,
            "missing_indicators": self.missing_indicators,
            "levels": np.concatenate([np.empty(0, dtype=np.int32), *self.levels]),
            "level_counts": np.array([len(codes) for codes in self.levels], dtype=np.int64),
            "text_vectors": np.array(self.text_vectors),
        }

    @classmethod
    def from_arrays(cls, arrays: dict[str, npt.NDArray[Any]]) -> DenseEncoder:
        """Restore the object from what `to_arrays` returned."""
        ends = np.cumsum(arrays["level_counts"])
        levels = tuple(np.split(arrays["levels"], ends[:-1])) if len(ends) else ()
        return cls(
            arrays["center"],
            arrays["scale"],
            arrays["missing_indicators"],
            levels,
            bool(arrays["text_vectors"]),
        )
