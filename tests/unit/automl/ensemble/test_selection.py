from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from automl._typing import Array
from automl.ensemble.greedy import SelectionSettings
from automl.ensemble.selection import nested_cv_score, select_ensemble
from automl.metrics import get_metric
from automl.models.base import FittedModel
from automl.preprocessing.text_encoder import EncodedFeatures
from automl.search.model_library import LibraryEntry
from automl.search.trial import Trial

N = 120
RNG = np.random.default_rng(0)
X = RNG.normal(size=(N, 1)).astype(np.float32)
Y = X[:, 0].astype(float) + 5
RMSE = get_metric("rmse")


class Given(FittedModel):
    def predict(self, table: EncodedFeatures) -> Array:
        return np.zeros(len(table))

    def save(self, folder: Path) -> None: ...


def entry(number: int, predictions: Array, model: str = "linear", models: int = 2, fit_s: float = 0.01) -> LibraryEntry:
    trial = Trial(number, model, {"C": 1.0} if model == "linear" else {}, "complete", 0.5, [0.5, 0.5], 2, fit_s)
    return LibraryEntry(trial, predictions.astype(np.float32), [Given()] * models)


def soon() -> float:
    return time.monotonic() + 30


SETTINGS = SelectionSettings(max_row_ms=100.0)


def test_the_constant_is_chosen_alone_or_not_at_all() -> None:
    constant = entry(0, np.full(N, Y.mean()), "constant")
    good, bad = entry(1, Y + 0.1), entry(2, Y + 50)
    assert select_ensemble([good, constant], Y, RMSE, SETTINGS.until(soon())).entries == [good]
    assert select_ensemble([constant, bad], Y, RMSE, SETTINGS.until(soon())).entries == [constant]


def test_the_reported_score_is_no_better_than_chance_for_noise() -> None:
    """Choosing the best of many noises by the rows they are scored on would look like skill."""
    noises = [entry(i, RNG.normal(size=N)) for i in range(20)]
    y = np.asarray(RNG.normal(size=N))
    noises.sort(key=lambda each: RMSE.score(y, each.predictions))
    flattered = select_ensemble(noises, y, RMSE, SETTINGS.until(soon()))
    in_sample = RMSE.score(y, flattered.output([each.predictions for each in flattered.entries]))
    honest = nested_cv_score(noises, y, RMSE, "5-fold cross-validation", SETTINGS.until(soon()))
    assert honest["mean"] > in_sample
    assert honest["standard_error"] > 0
    assert "5-fold" in honest["method"]


def test_rows_of_one_group_are_scored_together() -> None:
    groups = np.repeat(np.arange(N // 10), 10)
    y = RNG.normal(size=N // 10)[groups]
    noises = [entry(i, RNG.normal(size=N // 10)[groups]) for i in range(8)]
    apart = nested_cv_score(noises, y, RMSE, "8-fold cross-validation", SETTINGS.until(soon()))
    together = nested_cv_score(noises, y, RMSE, "8-fold cross-validation", SETTINGS.until(soon()), groups=groups)
    assert together["mean"] > apart["mean"]
    assert together["standard_error"] > apart["standard_error"]
