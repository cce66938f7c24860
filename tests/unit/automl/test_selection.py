from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from automl.candidates.base import Array, FittedModel, Problem
from automl.encode import Encoded
from automl.fitting import Training
from automl.metrics import metric
from automl.output import TargetScale
from automl.pool import Entry
from automl.selection import choose, expected_refit_s, fit_members, honest_score
from automl.trial import Trial

N = 120
RNG = np.random.default_rng(0)
X = RNG.normal(size=(N, 1)).astype(np.float32)
Y = X[:, 0].astype(float) + 5
RMSE = metric("rmse")


class Given(FittedModel):
    def predict(self, table: Encoded) -> Array:
        return np.zeros(len(table))

    def save(self, folder: Path) -> None: ...


def entry(number: int, predictions: Array, model: str = "linear", models: int = 2, fit_s: float = 0.01) -> Entry:
    trial = Trial(number, model, {"C": 1.0} if model == "linear" else {}, "complete", 0.5, [0.5, 0.5], 2, fit_s)
    return Entry(trial, predictions.astype(np.float32), [Given()] * models)


def training() -> Training:
    table = Encoded(X, np.zeros((N, 0), np.int32))
    splits = [(np.arange(60), np.arange(60, N))]
    return Training(Problem("regression", 0, "rmse"), RMSE, table, Y, splits, TargetScale.fit(Y, "rmse"), lambda: False)


def soon() -> float:
    return time.monotonic() + 30


SETTINGS = {"max_row_ms": None, "seed": 0}


def test_the_constant_is_chosen_alone_or_not_at_all() -> None:
    constant = entry(0, np.full(N, Y.mean()), "constant")
    good, bad = entry(1, Y + 0.1), entry(2, Y + 50)
    assert choose([good, constant], Y, RMSE, deadline=soon(), **SETTINGS).entries == [good]
    assert choose([constant, bad], Y, RMSE, deadline=soon(), **SETTINGS).entries == [constant]


def test_the_reported_score_is_no_better_than_chance_for_noise() -> None:
    """Choosing the best of many noises by the rows they are scored on would look like skill."""
    noises = [entry(i, RNG.normal(size=N)) for i in range(20)]
    y = np.asarray(RNG.normal(size=N))
    noises.sort(key=lambda each: RMSE.score(y, each.predictions))
    flattered = choose(noises, y, RMSE, deadline=soon(), **SETTINGS)
    in_sample = RMSE.score(y, flattered.output([each.predictions for each in flattered.entries]))
    honest = honest_score(noises, y, RMSE, 5, deadline=soon(), **SETTINGS)
    assert honest["mean"] > in_sample
    assert honest["standard_error"] > 0
    assert "5-fold" in honest["method"]


def test_the_models_of_the_folds_stay() -> None:
    choice = choose([entry(0, Y + 1), entry(1, Y - 1)], Y, RMSE, deadline=soon(), **SETTINGS)
    members, warnings = fit_members(choice, training(), soon())
    assert [len(member.models) for member in members] == [2, 2]
    assert sum(member.weight for member in members) == pytest.approx(1)
    assert warnings == []


def test_a_holdout_and_a_restored_member_are_fitted_on_all_rows() -> None:
    for models in (0, 1):
        choice = choose([entry(0, Y, models=models)], Y, RMSE, deadline=soon(), **SETTINGS)
        [member], _ = fit_members(choice, training(), soon())
        np.testing.assert_allclose(training().scale.inverse(member.models[0].predict(training().table)), Y, atol=0.5)


def test_without_time_the_holdout_model_stays_and_a_restored_member_is_given_up() -> None:
    kept = choose([entry(0, Y, models=1)], Y, RMSE, deadline=soon(), **SETTINGS)
    [member], _ = fit_members(kept, training(), time.monotonic())
    assert isinstance(member.models[0], Given)
    lost = choose([entry(0, Y, models=0)], Y, RMSE, deadline=soon(), **SETTINGS)
    members, warnings = fit_members(lost, training(), time.monotonic())
    assert members == []
    assert "linear-0" in warnings[0]


def test_refits_are_expected_where_models_are_single_or_absent() -> None:
    assert expected_refit_s([entry(0, Y, models=5, fit_s=10)]) == 0
    assert expected_refit_s([entry(0, Y, models=1, fit_s=10), entry(1, Y, models=0, fit_s=10)]) > 0
