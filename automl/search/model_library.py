"""The pool: what the complete trials predicted for rows they had not seen, and their models while memory allows."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from automl.metrics import Metric
from automl.models.base import FittedModel
from automl.search.trial import Trial

MAX_WITH_MODELS = 20
"""Trials, the best ones, whose models stay in memory; others would be fitted again if the ensemble wants them."""


@dataclass
class LibraryEntry:
    """One complete trial.

    Attributes:
        trial: what was tried.
        predictions: of shape (m, n_classes) or (m,), for the m rows that some fold validates.
        models: one a fold, or none (restored from an earlier run, or given up for memory).
    """

    trial: Trial
    predictions: npt.NDArray[Any]
    models: list[FittedModel] = field(default_factory=list)


class ModelLibrary:
    """Entries in the order they came.

    Args:
        metric: says which is best.
        rows: the m rows of the table that some fold validates.
        shape: of one entry's predictions.
        folder: where predictions are kept for a later run, or None.
        dtype: of predictions, float32 or float64.
    """

    def __init__(
        self,
        metric: Metric,
        rows: npt.NDArray[np.intp],
        shape: tuple[int, ...],
        folder: Path | None = None,
        dtype: npt.DTypeLike = np.float32,
    ) -> None:
        self.entries: list[LibraryEntry] = []
        self.rows = rows
        self._metric = metric
        self._shape = shape
        self._folder = folder
        self._dtype = dtype
        self._digest = hashlib.sha256(np.ascontiguousarray(rows, dtype=np.int64).tobytes()).hexdigest()

    def ranked(self) -> list[LibraryEntry]:
        """Return the entries, best first."""
        sign = -1.0 if self._metric.greater_is_better else 1.0
        return sorted(self.entries, key=lambda entry: sign * (entry.trial.score or 0.0))

    def add(self, trial: Trial, predictions: npt.NDArray[Any], models: Sequence[FittedModel]) -> None:
        """Take a complete trial in, and write its predictions down."""
        entry = LibraryEntry(trial, predictions.astype(self._dtype), list(models))
        self.entries.append(entry)
        self.drop_models_beyond(MAX_WITH_MODELS)
        if self._folder is not None:
            self._write(self._folder / f"trial-{trial.number}.npz", entry.predictions)

    def drop_models_beyond(self, n_entries: int) -> None:
        """Give up the models of all but so many entries, the best ones."""
        for behind in self.ranked()[n_entries:]:
            behind.models.clear()

    def restore(self, trial: Trial) -> bool:
        """Take in a complete trial of an earlier run; False where its predictions are absent or of other rows."""
        if self._folder is None:
            return False
        path = self._folder / f"trial-{trial.number}.npz"
        try:
            with np.load(path, allow_pickle=False) as file:
                predictions, digest = file["predictions"], str(file["rows_sha256"])
        except (OSError, KeyError, ValueError, BadZipFile):
            return False
        if digest != self._digest or predictions.shape != self._shape:
            return False
        self.entries.append(LibraryEntry(trial, predictions))
        return True

    def _write(self, path: Path, predictions: npt.NDArray[Any]) -> None:
        scratch = path.with_suffix(".tmp")
        with scratch.open("wb") as file:
            np.savez_compressed(file, predictions=predictions, rows_sha256=np.array(self._digest))
        os.replace(scratch, path)
