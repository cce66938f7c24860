"""Model families whose trials all take equally long, so that the number of trials shows how fast a search is.

One sleeps instead of fitting, the other fits LightGBM with the same parameters again and again.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from optuna.distributions import FloatDistribution

from automl import models
from automl.models import FAMILIES, get_family
from automl.models.base import FitData, FittedModel, ModelFamily, Params, Space, TaskSpec
from automl.models.constant import Constant


class FixedCost(ModelFamily):
    """A family that fits the first default of LightGBM, whatever the parameters."""

    name = "steady"
    library = "lightgbm"
    max_trials = 1_000_000

    def search_space(self, problem: TaskSpec) -> Space:
        return {name: FloatDistribution(0.0, 1.0) for name in ("a", "b", "c")}

    def defaults(self, problem: TaskSpec) -> list[Params]:
        return [{"a": 0.5, "b": 0.5, "c": 0.5}] * 5

    def fit(self, params: Mapping[str, Any], problem: TaskSpec, fold: FitData) -> FittedModel:
        family = get_family("lightgbm")
        return family.fit(family.defaults(problem)[0], problem, fold)

    def load(self, folder: Path) -> FittedModel:
        return get_family("lightgbm").load(folder)


class SleepingModel(FixedCost):
    """A family that sleeps once a trial, then predicts as the constant does."""

    name = "sleeping"
    library = "numpy"
    fits_folds_jointly = True
    sleep_s = 0.0

    def fit(self, params: Mapping[str, Any], problem: TaskSpec, fold: FitData) -> FittedModel:
        return Constant().fit({}, problem, fold)

    def fit_folds(self, params: Mapping[str, Any], problem: TaskSpec, folds: Sequence[FitData]) -> list[FittedModel]:
        time.sleep(self.sleep_s)
        return [self.fit(params, problem, fold) for fold in folds]

    def load(self, folder: Path) -> FittedModel:
        return Constant().load(folder)


def make_choosable(sleep_s: float) -> None:
    """Add both to the families of this process."""
    SleepingModel.sleep_s = sleep_s
    for family in (FixedCost(), SleepingModel()):
        FAMILIES[family.name] = f"{family.name}:{type(family).__name__}"
        models._loaded[family.name] = family
