"""What a training says of itself: which rows are validated, how, and what a trial will cost."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from automl.metrics import get_metric
from automl.models import get_family
from automl.models.base import TaskSpec
from automl.postprocessing import TargetScaler
from automl.preprocessing.text_encoder import EncodedFeatures
from automl.search.splits import folds
from automl.search.training_set import TrainingSet
from automl.search.trial import Trial

Y = np.random.default_rng(0).normal(size=60)


def training(n_splits: int, first: int | None = None) -> TrainingSet:
    table = EncodedFeatures(Y[:, None].astype(np.float32), np.zeros((60, 0), np.int32))
    problem = TaskSpec("regression", 0, "rmse", n_jobs=2)
    splits = folds(Y, "regression", n_splits, 0)
    return TrainingSet(problem, get_metric("rmse"), table, Y, splits, TargetScaler.fit(Y, "rmse"), lambda: False, first)


def test_the_first_folds_validate_a_part_of_the_rows() -> None:
    assert training(6).shape == (60,)
    assert training(6, 2).shape == (20,)
    assert training(1).shape == (12,)


def test_how_scores_come_about_is_said() -> None:
    assert training(6).validation == "6-fold cross-validation"
    assert training(6, 2).validation == "2 folds of a 6-fold cross-validation"
    assert training(1).validation == "12 rows held back"


def test_folds_that_run_side_by_side_are_projected_and_weighed_so() -> None:
    problem = replace(training(6).task_spec, n_jobs=1)
    one_s = get_family("extra_trees").estimate_fit_seconds(problem, 50, 1)
    assert training(6).estimate_fit_seconds("extra_trees") == 3 * one_s
    assert training(6, 2).estimate_fit_seconds("extra_trees") == one_s
    one_bytes = get_family("lightgbm").estimate_memory_bytes(problem, 50, 1)
    assert training(6).estimate_memory_bytes("lightgbm") == 2 * one_bytes


def test_a_network_trains_all_its_folds_at_once() -> None:
    run = training(6)
    everything = run.estimate_memory_bytes("neural")
    assert everything == 6 * get_family("neural").estimate_memory_bytes(run.task_spec, 50, 1)


def test_a_fold_that_holds_one_class_only_is_answered_by_the_constant() -> None:
    y = np.array([0] * 20 + [1] * 20)
    table = EncodedFeatures(np.arange(40, dtype=np.float32)[:, None], np.zeros((40, 0), np.int32))
    splits = [(np.arange(20), np.arange(20, 40))]
    run = TrainingSet(TaskSpec("binary", 2, "auc"), get_metric("auc"), table, y, splits, TargetScaler(), lambda: False)
    fitted = run.fit(Trial(0, "linear", {}), run.fit_data(0, time.monotonic() + 30, lambda: False), 1)
    assert fitted.prediction.shape == (20, 2)
    np.testing.assert_allclose(fitted.prediction[:, 0], fitted.prediction[0, 0])
