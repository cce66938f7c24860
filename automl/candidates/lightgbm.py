"""LightGBM with native categories."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from automl.candidates.base import (
    Array,
    Candidate,
    FittedModel,
    Fold,
    Params,
    Problem,
    Progress,
    Space,
    tree_matrix,
)
from automl.encode import Encoded

MAX_ROUNDS = 10_000


class LightGBM(Candidate):
    """Gradient boosting by histograms, leaf by leaf."""

    name = "lightgbm"
    library = "lightgbm"

    def search_space(self, problem: Problem) -> Space:
        return {
            "learning_rate": FloatDistribution(5e-3, 0.1, log=True),
            "num_leaves": IntDistribution(2, 200, log=True),
            "feature_fraction": FloatDistribution(0.4, 1.0),
            "bagging_fraction": FloatDistribution(0.7, 1.0),
            "min_data_in_leaf": IntDistribution(1, 64, log=True),
            "lambda_l1": FloatDistribution(0.0, 1.0),
            "lambda_l2": FloatDistribution(0.0, 2.0),
            "cat_l2": FloatDistribution(1e-3, 100.0, log=True),
            "cat_smooth": FloatDistribution(1e-3, 100.0, log=True),
            "extra_trees": CategoricalDistribution((False, True)),
        }

    def defaults(self, problem: Problem) -> list[Params]:
        # The first is LightGBM's own; the others are the best of TabArena's portfolio.
        plain = {"lambda_l1": 0.0, "lambda_l2": 0.0, "cat_l2": 10.0, "cat_smooth": 10.0, "extra_trees": False}
        random = {
            "lambda_l1": 0.24,
            "lambda_l2": 0.36,
            "cat_l2": 0.34,
            "cat_smooth": 15.4,
            "extra_trees": True,
        }
        second = (
            {"learning_rate": 0.04, "num_leaves": 50, "min_data_in_leaf": 40, "bagging_fraction": 0.75}
            if problem.is_classification
            else {"learning_rate": 0.05, "num_leaves": 100, "min_data_in_leaf": 3, "bagging_fraction": 0.7}
        )
        wide = {"learning_rate": 0.018, "bagging_fraction": 0.88, "min_data_in_leaf": 3}
        first = {"learning_rate": 0.05, "num_leaves": 31, "min_data_in_leaf": 20, "bagging_fraction": 1.0}
        return [
            {**plain, **first, "feature_fraction": 1.0},
            {**plain, **second, "feature_fraction": 0.8},
            {**random, **wide, "num_leaves": 39, "feature_fraction": 0.46},
            {**random, **wide, "num_leaves": 180, "feature_fraction": 0.40},
        ]

    def fit(self, params: Mapping[str, Any], problem: Problem, fold: Fold) -> FittedModel:
        import lightgbm

        settings = {
            **params,
            **_objective(problem),
            "bagging_freq": 1 if params["bagging_fraction"] < 1 else 0,
            "num_threads": problem.n_jobs,
            "seed": problem.seed,
            "deterministic": True,
            "force_row_wise": True,
            "verbosity": -1,
        }
        p = fold.train.numeric.shape[1]
        categories = list(range(p, p + fold.train.categorical.shape[1]))
        train = lightgbm.Dataset(tree_matrix(fold.train), fold.y, categorical_feature=categories, params=settings)
        sets = []
        if fold.valid is not None:
            sets = [lightgbm.Dataset(tree_matrix(fold.valid), fold.y_valid, reference=train, params=settings)]
        progress = Progress(fold, params["learning_rate"])

        def watch(env: Any) -> None:
            value = env.evaluation_result_list[0][2] if env.evaluation_result_list else None
            if progress.stop(env.iteration, value):
                raise lightgbm.callback.EarlyStopException(progress.best_round, [])

        booster = lightgbm.train(settings, train, fold.rounds or MAX_ROUNDS, valid_sets=sets, callbacks=[watch])
        return FittedLightGBM(booster.model_to_string(num_iteration=progress.best_round + 1))

    def load(self, folder: Path) -> FittedModel:
        return FittedLightGBM((folder / "model.txt").read_text(encoding="utf-8"))


class FittedLightGBM(FittedModel):
    """A booster in LightGBM's text format."""

    def __init__(self, text: str) -> None:
        import lightgbm

        self._text = text
        self._booster = lightgbm.Booster(model_str=text)
        self.rounds = self._booster.current_iteration()

    def predict(self, table: Encoded) -> Array:
        threads = 1 if len(table) < 1000 else 0
        values = np.asarray(self._booster.predict(tree_matrix(table, np.float64), num_threads=threads))
        is_binary = self._booster.num_model_per_iteration() == 1 and self._text.find("objective=binary") >= 0
        return np.column_stack([1 - values, values]) if is_binary else values

    def save(self, folder: Path) -> None:
        (folder / "model.txt").write_text(self._text, encoding="utf-8")


def _objective(problem: Problem) -> dict[str, Any]:
    if problem.task == "regression":
        loss = "regression_l1" if problem.absolute else "regression"
        return {"objective": loss, "metric": "l1" if problem.absolute else "l2"}
    if problem.task == "multiclass":
        return {"objective": "multiclass", "metric": "multi_logloss", "num_class": problem.n_classes}
    # Not AUC, even where AUC is the aim: it may peak at the first tree, whose probabilities say nothing.
    return {"objective": "binary", "metric": "binary_logloss"}
