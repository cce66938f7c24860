"""Which models answer for a member: its folds', further folds', or one fitted on all rows."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest

from automl.ensemble.bagging import fit_members, fit_remaining_folds
from automl.metrics import get_metric
from automl.models import get_family
from automl.models.base import TaskSpec
from automl.postprocessing import TargetScaler
from automl.preprocessing.text_encoder import EncodedFeatures
from automl.search.model_library import LibraryEntry
from automl.search.splits import folds
from automl.search.training_set import TrainingSet
from automl.search.trial import Trial
from automl.search.trial_runner import run_trial
from tests.unit.automl.stuttering_clock import StutteringClock

N = 120
X = np.random.default_rng(0).normal(size=(N, 1)).astype(np.float32)
Y = X[:, 0].astype(float) + 5


def training(n_splits: int = 4, first: int | None = None) -> TrainingSet:
    table = EncodedFeatures(X, np.zeros((N, 0), np.int32))
    splits = folds(Y, "regression", n_splits, 0)
    problem = TaskSpec("regression", 0, "rmse", n_jobs=2)
    return TrainingSet(problem, get_metric("rmse"), table, Y, splits, TargetScaler.fit(Y, "rmse"), lambda: False, first)


def soon() -> float:
    return time.monotonic() + 30


def entry(run: TrainingSet, number: int = 0, *, family: str = "linear", keep: bool = True) -> LibraryEntry:
    trial = Trial(number, family, get_family(family).defaults(run.task_spec)[0])
    outcome = run_trial(run, trial, soon(), 0, lambda trial: False)
    assert outcome is not None
    return LibraryEntry(trial, outcome[0].astype(np.float32), outcome[1] if keep else [])


def test_the_models_of_all_folds_stay() -> None:
    run = training()
    members, warnings = fit_members([(entry(run), 0.25), (entry(run, 1), 0.75)], run, soon())
    assert [(member.name, member.weight, len(member.models)) for member in members] == [
        ("linear-1", 0.75, 4),
        ("linear-0", 0.25, 4),
    ]
    assert warnings == []


def test_neighbours_are_looked_for_once_among_all_rows() -> None:
    run = training()
    made = entry(run, family="neighbours")
    made.trial.params = {"k": 1, "power": 1.0}
    [member], _ = fit_members([(made, 1.0)], run, soon())
    [model] = member.models
    # Only where all rows are kept is each its own nearest one.
    np.testing.assert_allclose(run.predict(model, run.table), Y, atol=0.01)
    [late], _ = fit_members([(made, 1.0)], run, time.monotonic())
    assert len(late.models) == 4


def test_members_of_the_first_folds_get_the_others() -> None:
    run = training(4, first=2)
    assert len(run.validation_rows) == N // 2
    [whole], wider = fit_remaining_folds([(entry(run), 1.0)], run, soon(), 100)
    everything = entry(training(4))
    assert len(whole.models) == whole.trial.folds == len(wider.trial_splits) == 4
    np.testing.assert_allclose(whole.predictions, everything.predictions, rtol=1e-5)
    assert whole.trial.row_ms > 0


def test_as_many_folds_as_the_limit_for_a_row_allows() -> None:
    run = training(4, first=2)
    made = entry(run)
    made.trial.row_ms = 2.0
    [three], wider = fit_remaining_folds([(made, 1.0)], run, soon(), 3.5)
    assert len(three.models) == len(wider.trial_splits) == 3
    assert len(three.predictions) == len(wider.validation_rows) == N * 3 // 4
    assert fit_remaining_folds([(made, 1.0)], run, soon(), 2.5)[0] == []
    assert len(made.models) == 2


def test_where_time_does_not_do_for_all_the_weightiest_get_more_models() -> None:
    run = training(4, first=2)
    early, late = entry(run), entry(run, 1)
    late.trial.fit_s = 1e6
    assert fit_remaining_folds([(early, 0.5), (late, 0.5)], run, soon(), 100)[0] == []
    assert [len(early.models), len(late.models)] == [4, 2]


def test_no_further_folds_when_the_user_has_had_enough_or_time_is_up() -> None:
    run = training(4, first=2)
    made = entry(run)
    assert fit_remaining_folds([(made, 1.0)], replace(run, should_stop=lambda: True), soon(), 100)[0] == []
    assert fit_remaining_folds([(made, 1.0)], run, time.monotonic(), 100)[0] == []
    assert len(made.models) == 2


@pytest.mark.parametrize("case", ["holdout", "restored", "forward"])
def test_some_are_fitted_on_all_rows(case: str) -> None:
    run = training(1 if case == "holdout" else 4)
    run = replace(run, is_time_ordered=case == "forward")
    [member], _ = fit_members([(entry(run, keep=case != "restored"), 1.0)], run, soon())
    assert len(member.models) == 1
    np.testing.assert_allclose(run.predict(member.models[0], run.table), Y, atol=0.5)


def test_without_time_the_holdouts_model_stays_and_a_restored_member_is_given_up() -> None:
    run = training(1)
    kept = entry(run)
    [member], _ = fit_members([(kept, 1.0)], run, time.monotonic())
    assert member.models == tuple(kept.models)
    members, warnings = fit_members([(entry(run, keep=False), 1.0)], run, time.monotonic())
    assert members == []
    assert "linear-0" in warnings[0]


def boosted() -> tuple[TrainingSet, Trial]:
    run = replace(training(4, first=2), task_spec=TaskSpec("regression", 0, "rmse", n_jobs=1))
    return run, Trial(0, "lightgbm", {**get_family("lightgbm").defaults(run.task_spec)[0], "crosses": False})


def test_a_further_fold_that_the_clock_cuts_short_is_dropped_with_all_its_like() -> None:
    run, trial = boosted()
    with StutteringClock().running() as clock:
        outcome = run_trial(run, trial, clock() + 100, 0, lambda trial: False)
        assert outcome is not None
        assert not trial.truncated_folds
        first = LibraryEntry(trial, outcome[0].astype(np.float32), outcome[1])
        # There is time for them as the first two have gone, and then all goes a hundred times as slowly.
        deadline = clock() + 3 * trial.fit_s
        clock.slow_down([100])
        assert fit_remaining_folds([(first, 1.0)], run, deadline, 100)[0] == []
        assert first.models == outcome[1]
        clock.slow_down([1])
        [whole], wider = fit_remaining_folds([(first, 1.0)], run, clock() + 3 * trial.fit_s, 100)
    assert len(whole.models) == len(wider.trial_splits) == 4
    assert not any(model.is_truncated for model in whole.models)


def test_a_refit_that_the_clock_cuts_short_does_not_take_the_place_of_the_holdouts_model() -> None:
    run, trial = boosted()
    run = replace(run, splits=run.splits[:1], n_trial_folds=None)
    with StutteringClock().running() as clock:
        outcome = run_trial(run, trial, clock() + 100, 0, lambda trial: False)
        assert outcome is not None
        first = LibraryEntry(trial, outcome[0].astype(np.float32), outcome[1])
        deadline = clock() + trial.fit_s
        clock.slow_down([200])
        [member], _ = fit_members([(first, 1.0)], run, deadline)
        assert member.models == tuple(first.models)
        clock.slow_down([1])
        [member], _ = fit_members([(first, 1.0)], run, clock() + 2 * trial.fit_s)
        assert member.models != tuple(first.models)


def test_without_limit_for_a_row_there_are_as_many_folds_as_time_allows() -> None:
    run = training(4, first=2)
    [whole], _ = fit_remaining_folds([(entry(run), 1.0)], run, soon(), float("inf"))
    assert len(whole.models) == 4
