"""The loop's limits: memory, time, ideas."""

from __future__ import annotations

import time

import numpy as np
import pytest

from automl.errors import OutOfTime
from automl.metrics import get_metric
from automl.models.base import TaskSpec
from automl.postprocessing import TargetScaler
from automl.preprocessing.text_encoder import EncodedFeatures
from automl.resources import Memory
from automl.search import run as loop
from automl.search.run import run_search
from automl.search.run_context import RunContext
from automl.search.splits import folds
from automl.search.training_set import TrainingSet
from automl.search.trial import Trial
from automl.search.trial_runner import run_trial
from automl.time_budget import TimeBudget

Y = np.random.default_rng(0).normal(size=80)
TABLE = EncodedFeatures(Y[:, None].astype(np.float32), np.zeros((80, 0), np.int32))


def training(y: np.ndarray = Y) -> TrainingSet:
    problem = TaskSpec("regression", 0, "rmse", n_jobs=2)
    scale = TargetScaler.fit(Y, "rmse")
    return TrainingSet(problem, get_metric("rmse"), TABLE, y, folds(Y, "regression", 2, 0), scale, lambda: False)


def search(memory: Memory, run: TrainingSet, families: tuple[str, ...] = ("constant", "linear")) -> list[Trial]:
    return run_search(run, families, RunContext(TimeBudget(10), memory))[1]


def test_without_memory_only_the_constant_is_fitted() -> None:
    trials = search(Memory(1), training())
    assert [trial.model for trial in trials if trial.state == "complete"] == ["constant"]


def test_a_family_that_would_not_fit_in_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = Memory(None)
    monkeypatch.setattr(TrainingSet, "estimate_memory_bytes", lambda self, family: 1 << 60 if family == "linear" else 0)
    trials = search(memory, training(), ("constant", "linear", "neighbours"))
    states = {trial.model: trial.state for trial in trials}
    assert states["constant"] == states["neighbours"] == "complete"
    linear = [trial for trial in trials if trial.model == "linear"]
    assert {trial.state for trial in linear} == {"failed"}
    assert "memory" in linear[0].reason


def test_no_model_at_all_says_why() -> None:
    with pytest.raises(OutOfTime) as caught:
        search(Memory(None), training(np.full(80, np.nan)))
    assert caught.value.reason == "NO_MODEL"
    assert "No model could be fitted" in str(caught.value)


def test_the_first_model_comes_soon_and_the_others_have_their_time(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, float] = {}

    def noted(run: TrainingSet, trial: Trial, deadline: float, *rest: object) -> object:
        given.setdefault(trial.name, deadline - time.monotonic())
        return run_trial(run, trial, deadline, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(loop, "run_trial", noted)
    run_search(training(), ("constant", "linear", "neighbours"), RunContext(TimeBudget(6), Memory(None)))
    assert given["linear-1"] <= loop.FIRST_S < given["constant-0"]
    assert next(left for name, left in given.items() if name.startswith("neighbours")) > loop.FIRST_S
