from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest

from automl.metrics import get_metric
from automl.models import get_family
from automl.models.base import TaskSpec
from automl.postprocessing import TargetScaler
from automl.preprocessing.text_encoder import EncodedFeatures
from automl.search.splits import folds
from automl.search.training_set import TrainingSet
from automl.search.trial import Trial
from automl.search.trial_runner import run_trial


def regression() -> TrainingSet:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(90, 2)).astype(np.float32)
    y = 1_000 + 500 * x[:, 0].astype(float)
    table = EncodedFeatures(x, np.zeros((90, 0), np.int32))
    problem = TaskSpec("regression", 0, "rmse", n_splits=3)
    splits = folds(y, "regression", 3, 0)
    return TrainingSet(problem, get_metric("rmse"), table, y, splits, TargetScaler.fit(y, "rmse"), lambda: False)


def linear(number: int = 0) -> Trial:
    return Trial(number, "linear", get_family("linear").defaults(regression().task_spec)[0])


def soon() -> float:
    return time.monotonic() + 30


def test_a_complete_trial_predicts_every_validated_row_in_the_targets_unit() -> None:
    training, trial = regression(), linear()
    outcome = run_trial(training, trial, soon(), 0, lambda trial: False)
    assert outcome is not None
    predictions, models = outcome
    assert trial.state == "complete"
    assert len(models) == len(trial.fold_scores) == trial.folds == 3
    assert trial.score == pytest.approx(np.mean(trial.fold_scores))
    assert trial.row_ms > 0
    assert get_metric("rmse").score(training.y, predictions) < 100


def test_a_trial_far_behind_ends_after_one_fold() -> None:
    trial = linear()
    assert run_trial(regression(), trial, soon(), 0, lambda trial: True) is None
    assert (trial.state, len(trial.fold_scores), trial.score) == ("pruned", 1, None)


def test_when_time_is_up_or_a_stop_is_asked_for_only_the_constant_runs() -> None:
    late = linear()
    assert run_trial(regression(), late, time.monotonic() - 1, 0, lambda trial: False) is None
    assert late.state == "stopped"
    stopped, constant = linear(), Trial(1, "constant", {})
    training = replace(regression(), should_stop=lambda: True)
    assert run_trial(training, stopped, soon(), 0, lambda trial: False) is None
    assert stopped.state == "stopped"
    assert run_trial(training, constant, soon(), 0, lambda trial: False) is not None


def test_an_error_in_a_library_costs_that_trial_only() -> None:
    defaults = get_family("lightgbm").defaults(regression().task_spec)[0]
    trial = Trial(0, "lightgbm", {**defaults, "num_leaves": -5})
    assert run_trial(regression(), trial, soon(), 0, lambda trial: False) is None
    assert trial.state == "failed"
    assert "num_leaves" in trial.reason


def test_a_fold_with_one_class_only_is_no_error() -> None:
    y = np.array([0] * 20 + [1] * 20)
    table = EncodedFeatures(np.arange(40, dtype=np.float32)[:, None], np.zeros((40, 0), np.int32))
    splits = [(np.arange(20), np.arange(20, 40)), (np.arange(10, 40), np.arange(10))]
    problem = TaskSpec("binary", 2, "auc")
    training = TrainingSet(problem, get_metric("auc"), table, y, splits, TargetScaler(), lambda: False)
    trial = linear()
    assert run_trial(training, trial, soon(), 0, lambda trial: False) is not None
    assert trial.state == "complete"
    assert trial.fold_scores == []  # AUC is undefined on each
    assert trial.score is not None


def test_a_refit_learns_from_all_rows() -> None:
    training = regression()
    model = training.refit(
        Trial(0, "lightgbm", get_family("lightgbm").defaults(training.task_spec)[0], rounds=7), soon()
    )
    assert model.rounds == 7
    assert training.predict(model, training.table).shape == (90,)
