"""XGBoost with native categories."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from automl._typing import Array
from automl.models.attributions import Attributions, binary_margins
from automl.models.base import FitData, FittedModel, Params, Space, TaskSpec, to_tree_matrix
from automl.models.boosting.base import MAX_ROUNDS, AdaptiveStopping, Booster
from automl.preprocessing.text_encoder import EncodedFeatures

MAX_LEVELS = 200
MAX_CLASSES = 200
TAIL_TREE_S = 5e-5
"""Seconds for writing a tree and reading it again."""
TARGET_LEARNING = 20.0
MAX_LEARNING_RATE = 0.15


class XGBoost(Booster):
    """Gradient boosting by histograms, level by level."""

    name = "xgboost"
    library = "xgboost"
    portfolio_ranks = (130, 180)
    onnx_converter = "xgboost:xgboost_to_onnx"

    def supports(self, problem: TaskSpec, table: EncodedFeatures) -> bool:
        return problem.n_classes <= MAX_CLASSES  # each round grows a tree a class

    def search_space(self, problem: TaskSpec) -> Space:
        return {
            "eta": FloatDistribution(5e-3, 0.2, log=True),
            "max_depth": IntDistribution(3, 10),
            "min_child_weight": FloatDistribution(1e-6, 5.0, log=True),
            "subsample": FloatDistribution(0.6, 1.0),
            "colsample_bylevel": FloatDistribution(0.5, 1.0),
            "lambda": FloatDistribution(0.0, 10.0),
            "crosses": CategoricalDistribution((False, True)),
        }

    def defaults(self, problem: TaskSpec) -> list[Params]:
        # Chosen by cross-validation on the training rows of several tables.
        common = {"subsample": 0.8, "colsample_bylevel": 0.6, "min_child_weight": 1.0}
        return [
            {**common, "eta": 0.05, "max_depth": 6, "lambda": 3.0, "crosses": True},
            {**common, "eta": 0.03, "max_depth": 10, "lambda": 1.0, "crosses": False},
        ]

    def fit_columns(self, params: Mapping[str, Any], problem: TaskSpec, fold: FitData) -> FittedModel:
        import xgboost

        # Splits into sets of very many levels learn the rows by heart; codes in order do less harm.
        kinds = ["q"] * fold.train.numeric.shape[1]
        kinds += ["c" if len(labels) <= MAX_LEVELS else "q" for labels in fold.train.categories]

        def matrix(table: EncodedFeatures, y: Array | None) -> Any:
            return xgboost.DMatrix(
                to_tree_matrix(table), y, feature_types=kinds, enable_categorical=True, nthread=problem.n_jobs
            )

        objective, metric = _objective(problem)
        outputs = problem.n_classes if problem.task == "multiclass" else 1
        progress = AdaptiveStopping(fold, params["eta"], TARGET_LEARNING, MAX_LEARNING_RATE, TAIL_TREE_S * outputs)

        class Watch(xgboost.callback.TrainingCallback):  # type: ignore[misc]
            def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
                value = evals_log["valid"][metric][-1] if evals_log else None
                if progress.increase_learning_rate(epoch):
                    model.set_param("eta", progress.rate)
                return progress.stop(epoch, value)

        settings = {
            **params,
            "eta": progress.rate,
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
        fitted = FittedXGBoost(bytes(booster[: progress.best_round + 1].save_raw("ubj")), progress.rounds)
        return fitted.with_effort(progress.effort, is_truncated=progress.is_truncated)

    def load_columns(self, folder: Path) -> FittedModel:
        return FittedXGBoost((folder / "model.ubj").read_bytes())


class FittedXGBoost(FittedModel):
    """A booster in XGBoost's binary JSON."""

    def __init__(self, raw: bytes, rounds: int | None = None) -> None:
        import xgboost

        self._raw = raw
        self._booster = xgboost.Booster()
        self._booster.load_model(bytearray(raw))
        # One thread: for few rows threads cost more than they bring, and callers may be threads themselves.
        self._booster.set_param({"nthread": 1})
        self._is_binary = b"binary:logistic" in raw
        self.rounds = rounds

    def predict(self, table: EncodedFeatures) -> Array:
        values = np.asarray(self._booster.inplace_predict(to_tree_matrix(table), validate_features=False))
        return np.column_stack([1 - values, values]) if self._is_binary else values

    def attributions(self, table: EncodedFeatures) -> Attributions:
        import xgboost

        kinds = self._booster.feature_types
        rows = xgboost.DMatrix(to_tree_matrix(table), feature_types=kinds, enable_categorical=True, nthread=1)
        shap_values = np.asarray(
            self._booster.predict(rows, pred_contribs=True, validate_features=False), dtype=np.float64
        )
        # The base comes last.
        shares = shap_values[:, :, None] if shap_values.ndim == 2 else shap_values.transpose(0, 2, 1)
        if self._is_binary:
            shares = binary_margins(shares[:, :, 0])
        return Attributions(shares[:, :-1], shares[:, -1], "softmax" if shares.shape[2] > 1 else "identity")

    def save(self, folder: Path) -> None:
        (folder / "model.ubj").write_bytes(self._raw)


def _objective(problem: TaskSpec) -> tuple[str, str]:
    if problem.task == "regression":
        return ("reg:absoluteerror", "mae") if problem.uses_absolute_error else ("reg:squarederror", "rmse")
    if problem.task == "multiclass":
        return "multi:softprob", "mlogloss"
    # Not AUC, even where AUC is the aim: it may peak at the first tree, whose probabilities say nothing.
    return "binary:logistic", "logloss"
