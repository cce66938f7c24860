"""Folds in turn, side by side and together: the same outcome, and none begun that nobody wants."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from automl import models
from automl._typing import Array
from automl.metrics import get_metric
from automl.models.base import FitData, FittedModel, ModelFamily, Space, TaskSpec
from automl.postprocessing import TargetScaler
from automl.preprocessing.text_encoder import EncodedFeatures
from automl.search.fold_runner import fit_folds
from automl.search.splits import folds
from automl.search.training_set import TrainingSet
from automl.search.trial import Trial

Y = np.random.default_rng(0).normal(size=60)
TABLE = EncodedFeatures(Y[:, None].astype(np.float32), np.zeros((60, 0), np.int32))


class Mean(FittedModel):
    def __init__(self, value: float) -> None:
        self._value = value

    def predict(self, table: EncodedFeatures) -> Array:
        return np.full(len(table), self._value)

    def save(self, folder: Path) -> None: ...


class Recorder(ModelFamily):
    """Notes how it is fitted."""

    name = "recorder"
    library = "numpy"

    def __init__(self, together: bool = False) -> None:
        self.fits_folds_jointly = together
        self.calls: list[tuple[str, int]] = []
        self.deadlines: list[float] = []
        self.at_once = threading.Barrier(2, timeout=20)

    def search_space(self, problem: TaskSpec) -> Space:
        return {}

    def defaults(self, problem: TaskSpec) -> list[dict[str, Any]]:
        return [{}]

    def fit(self, params: Mapping[str, Any], problem: TaskSpec, fold: FitData) -> FittedModel:
        self.calls.append((threading.current_thread().name, problem.n_jobs))
        self.deadlines.append(fold.deadline)
        if "meet" in params:
            self.at_once.wait()
        while "endless" in params and not fold.is_over():
            time.sleep(0.001)
        return Mean(float(fold.y.mean()))

    def fit_folds(self, params: Mapping[str, Any], problem: TaskSpec, folds: Sequence[FitData]) -> list[FittedModel]:
        self.calls.append(("all", len(folds)))
        return [Mean(float(fold.y.mean())) for fold in folds]

    def load(self, folder: Path) -> FittedModel:
        raise NotImplementedError


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    family = Recorder()
    monkeypatch.setitem(models.FAMILIES, "recorder", "")
    monkeypatch.setitem(models._loaded, "recorder", family)
    return family


def training(n_jobs: int) -> TrainingSet:
    problem = TaskSpec("regression", 0, "rmse", n_jobs)
    splits = folds(Y, "regression", 4, 0)
    return TrainingSet(problem, get_metric("rmse"), TABLE, Y, splits, TargetScaler.fit(Y, "rmse"), lambda: False)


def trial(**params: Any) -> Trial:
    return Trial(0, "recorder", params)


def soon() -> float:
    return time.monotonic() + 30


def test_two_threads_fit_two_folds_at_once_on_one_core_each(recorder: Recorder) -> None:
    # Each fit waits for another one to be in progress.
    fitted = list(fit_folds(training(2), trial(meet=True), range(4), soon()))
    assert [fold.model.predict(TABLE)[0] for fold in fitted if fold] == pytest.approx(
        [training(1).scale.transform(Y[train]).mean() for train, _ in training(1).splits]
    )
    assert {n_jobs for _, n_jobs in recorder.calls} == {1}


def test_a_single_fold_has_all_the_threads(recorder: Recorder) -> None:
    assert list(fit_folds(training(2), trial(), [3], soon()))
    assert recorder.calls == [("MainThread", 2)]


def test_families_that_can_fit_all_folds_in_one_call(recorder: Recorder) -> None:
    recorder.fits_folds_jointly = True
    fitted = list(fit_folds(training(2), trial(), range(4), soon()))
    assert recorder.calls == [("all", 4)]
    assert [len(fold.prediction) for fold in fitted if fold] == [15, 15, 15, 15]


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_the_time_is_shared_out_among_the_folds(recorder: Recorder, n_jobs: int) -> None:
    end = time.monotonic() + 1000
    list(fit_folds(training(n_jobs), trial(), range(4), end))
    # Threads note theirs in any order.
    left_s = [end - deadline for deadline in sorted(recorder.deadlines)]
    assert left_s[0] == pytest.approx(750 if n_jobs == 1 else 500, abs=20)
    assert left_s[-1] == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_when_time_is_up_or_a_stop_was_asked_for_no_fold_begins(recorder: Recorder, n_jobs: int) -> None:
    run = training(n_jobs)
    assert list(fit_folds(run, trial(), range(4), time.monotonic() - 1)) == [None] * 4
    assert recorder.calls == []


def test_a_stop_ends_the_fits_and_is_asked_for_in_the_thread_of_the_search(recorder: Recorder) -> None:
    asked_by = set()

    def should_stop() -> bool:
        asked_by.add(threading.current_thread().name)
        return len(recorder.calls) >= 2

    run = replace(training(2), should_stop=should_stop)
    fitted = list(fit_folds(run, trial(endless=True), range(4), soon()))
    assert fitted[2:] == [None, None]
    assert asked_by == {"MainThread"}


def test_folds_that_nobody_wants_any_more_are_not_fitted(recorder: Recorder) -> None:
    iterator = fit_folds(training(2), trial(), range(4), soon())
    next(iterator)
    iterator.close()
    assert len(recorder.calls) <= 4
    assert threading.active_count() == 1 or all("fold" not in each.name for each in threading.enumerate())


def test_an_error_in_one_fold_is_the_trials(recorder: Recorder) -> None:
    broken = trial()
    broken.params = {"meet": True}
    recorder.at_once.abort()
    with pytest.raises(threading.BrokenBarrierError):
        list(fit_folds(training(2), broken, range(4), soon()))
