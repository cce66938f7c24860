"""XGBoost with native categories."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from optuna.distributions import FloatDistribution, IntDistribution

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


class XGBoost(Candidate):
    """Gradient boosting by histograms, level by level."""

    name = "xgboost"
    library = "xgboost"

    def search_space(self, problem: Problem) -> Space:
        return {
            "eta": FloatDistribution(5e-3, 0.2, log=True),
            "max_depth": IntDistribution(3, 10),
            "min_child_weight": FloatDistribution(1e-6, 5.0, log=True),
            "subsample": FloatDistribution(0.6, 1.0),
            "colsample_bylevel": FloatDistribution(0.5, 1.0),
            "lambda": FloatDistribution(0.0, 10.0),
        }

    def defaults(self, problem: Problem) -> list[Params]:
        deep = {"eta": 0.018, "max_depth": 10, "colsample_bylevel": 0.69, "min_child_weight": 0.6}
        second = {**deep, "subsample": 0.8, "lambda": 1.0}
        if problem.is_classification:
            first = {"eta": 0.08, "max_depth": 6, "min_child_weight": 5e-6, "subsample": 0.65}
        else:
            first = {"eta": 0.05, "max_depth": 9, "min_child_weight": 2.0, "subsample": 0.7}
        return [{**first, "colsample_bylevel": 0.9, "lambda": 0.0}, second]

    def fit(self, params: Mapping[str, Any], problem: Problem, fold: Fold) -> FittedModel:
        import xgboost

        kinds = ["q"] * fold.train.numeric.shape[1] + ["c"] * fold.train.categorical.shape[1]

        def matrix(table: Encoded, y: Array | None) -> Any:
            return xgboost.DMatrix(
                tree_matrix(table), y, feature_types=kinds, enable_categorical=True, nthread=problem.n_jobs
            )

        objective, metric = _objective(problem)
        progress = Progress(fold, params["eta"])

        class Watch(xgboost.callback.TrainingCallback):  # type: ignore[misc]
            def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
                value = evals_log["valid"][metric][-1] if evals_log else None
                return progress.stop(epoch, value)

        settings = {
            **params,
            "objective": objective,
            "eval_metric": metric,
            "tree_method": "hist",
            "nthread": problem.n_jobs,
            "seed": problem.seed,
            **({"num_class": problem.n_classes} if problem.task == "multiclass" else {}),
        }
        booster = xgboost.train(
            settings,
            matrix(fold.train, fold.y),
            fold.rounds or MAX_ROUNDS,
            evals=[] if fold.valid is None else [(matrix(fold.valid, fold.y_valid), "valid")],
            callbacks=[Watch()],
            verbose_eval=False,
        )
        return FittedXGBoost(bytes(booster[: progress.best_round + 1].save_raw("ubj")))

    def load(self, folder: Path) -> FittedModel:
        return FittedXGBoost((folder / "model.ubj").read_bytes())


class FittedXGBoost(FittedModel):
    """A booster in XGBoost's binary JSON."""

    def __init__(self, raw: bytes) -> None:
        import xgboost

        self._raw = raw
        self._booster = xgboost.Booster()
        self._booster.load_model(bytearray(raw))
        # One thread: for few rows threads cost more than they bring, and callers may be threads themselves.
        self._booster.set_param({"nthread": 1})
        self._is_binary = b"binary:logistic" in raw
        self.rounds = self._booster.num_boosted_rounds()

    def predict(self, table: Encoded) -> Array:
        values = np.asarray(self._booster.inplace_predict(tree_matrix(table), validate_features=False))
        return np.column_stack([1 - values, values]) if self._is_binary else values

    def save(self, folder: Path) -> None:
        (folder / "model.ubj").write_bytes(self._raw)


def _objective(problem: Problem) -> tuple[str, str]:
    if problem.task == "regression":
        return ("reg:absoluteerror", "mae") if problem.absolute else ("reg:squarederror", "rmse")
    if problem.task == "multiclass":
        return "multi:softprob", "mlogloss"
    # Not AUC, even where AUC is the aim: it may peak at the first tree, whose probabilities say nothing.
    return "binary:logistic", "logloss"
