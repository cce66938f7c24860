from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from automl._typing import Array
from automl.metrics import get_metric
from automl.models.base import FittedModel, TaskSpec
from automl.postprocessing import TargetScaler
from automl.preprocessing.text_encoder import EncodedFeatures
from automl.search.model_library import LibraryEntry
from automl.search.refit_cost import REFIT_COST, estimate_refit_seconds
from automl.search.splits import folds
from automl.search.training_set import TrainingSet
from automl.search.trial import Trial

Y = np.arange(40.0)


class Zero(FittedModel):
    def predict(self, table: EncodedFeatures) -> Array:
        return np.zeros(len(table))

    def save(self, folder: Path) -> None: ...


def training(n_splits: int, first: int | None = None) -> TrainingSet:
    table = EncodedFeatures(np.zeros((40, 1), np.float32), np.zeros((40, 0), np.int32))
    splits = folds(Y, "regression", n_splits, 0)
    spec = TaskSpec("regression", 0, "rmse")
    return TrainingSet(spec, get_metric("rmse"), table, Y, splits, TargetScaler.fit(Y, "rmse"), lambda: False, first)


def entry(n_folds: int, n_models: int, fold_s: float = 1.0) -> LibraryEntry:
    trial = Trial(0, "linear", {}, folds=n_folds, fit_s=fold_s * n_folds)
    return LibraryEntry(trial, np.zeros(40, np.float32), [Zero()] * n_models)


def test_time_is_kept_for_models_that_are_still_to_be_fitted() -> None:
    assert estimate_refit_seconds([], training(4)) == 0
    assert estimate_refit_seconds([entry(4, 4)], training(4)) == 0
    assert estimate_refit_seconds([entry(2, 2)], training(4, first=2)) == pytest.approx(2)
    assert estimate_refit_seconds([entry(4, 0)], training(4)) == pytest.approx(REFIT_COST)
    assert estimate_refit_seconds([entry(1, 1)], training(1)) == pytest.approx(REFIT_COST)


def test_the_median_entry_stands_for_each_of_the_expected_members() -> None:
    ranked = [entry(1, 1, seconds) for seconds in (1.0, 2.0, 30.0)]
    assert estimate_refit_seconds(ranked, training(1)) == pytest.approx(3 * 2.0 * REFIT_COST)
