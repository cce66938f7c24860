"""CatBoost with native categories."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from automl._typing import Array
from automl.models.attributions import Attributions, binary_margins
from automl.models.base import FitData, FittedModel, Params, Space, TaskSpec
from automl.models.boosting.base import MAX_ROUNDS, AdaptiveStopping, Booster
from automl.preprocessing.text_encoder import EncodedFeatures

TARGET_LEARNING = 30.0
MAX_LEARNING_RATE = 0.2


class CatBoost(Booster):
    """Ordered boosting of symmetric trees."""

    name = "catboost"
    library = "catboost"
    portfolio_ranks = (60, 120, 170)
    onnx_converter = "catboost:catboost_to_onnx"
    round_s = 2e-3
    cell_s = 1.5e-8

    def search_space(self, problem: TaskSpec) -> Space:
        return {
            "learning_rate": FloatDistribution(0.01, 0.2, log=True),
            "depth": IntDistribution(4, 9),
            "l2_leaf_reg": FloatDistribution(1e-5, 5.0, log=True),
            "subsample": FloatDistribution(0.6, 1.0),
            "random_strength": FloatDistribution(0.0, 2.0),
            "one_hot_max_size": IntDistribution(2, 30),
            "leaf_estimation_iterations": IntDistribution(1, 20, log=True),
            "crosses": CategoricalDistribution((False, True)),
        }

    def defaults(self, problem: TaskSpec) -> list[Params]:
        # Chosen by forward selection of an ensemble, cross-validated on the training rows of five tables.
        common = {"l2_leaf_reg": 3.0, "random_strength": 1.0, "subsample": 0.8, "leaf_estimation_iterations": 1}
        return [
            {**common, "learning_rate": 0.08, "depth": 4, "one_hot_max_size": 10, "crosses": False},
            {**common, "learning_rate": 0.06, "depth": 6, "one_hot_max_size": 15, "crosses": True},
            {**common, "learning_rate": 0.05, "depth": 8, "one_hot_max_size": 2, "crosses": False},
        ]

    def fit_columns(self, params: Mapping[str, Any], problem: TaskSpec, fold: FitData) -> FittedModel:
        from catboost import CatBoost as Trees
        from catboost import Pool

        loss = _loss(problem)
        progress = AdaptiveStopping(fold, params["learning_rate"], TARGET_LEARNING, MAX_LEARNING_RATE)
        threads = problem.n_jobs
        train = Pool(_data(fold.train), fold.y, thread_count=threads)
        valid = None if fold.valid is None else Pool(_data(fold.valid), fold.y_valid, thread_count=threads)
        too_slow = False

        class Watch:
            def after_iteration(self, info: Any) -> bool:
                nonlocal too_slow
                value = info.metrics["validation"][loss][-1] if "validation" in info.metrics else None
                # CatBoost counts from 1.
                if progress.stop(info.iteration - 1, value):
                    return False
                # Its learning rate is fixed once training has begun: the few rounds so far are thrown away.
                too_slow = progress.increase_learning_rate(info.iteration - 1)
                return not too_slow

        while True:
            booster = Trees(
                {
                    **params,
                    "learning_rate": progress.rate,
                    "loss_function": loss,
                    "iterations": fold.rounds or MAX_ROUNDS,
                    "bootstrap_type": "Bernoulli",
                    "use_best_model": valid is not None,
                    "thread_count": threads,
                    "random_seed": problem.seed,
                    "allow_writing_files": False,
                    "verbose": False,
                    **({"classes_count": problem.n_classes} if problem.task == "multiclass" else {}),
                }
            )
            booster.fit(train, eval_set=valid, callbacks=[Watch()])
            if not too_slow:
                fitted = FittedCatBoost(booster, problem.is_classification, progress.rounds)
                return fitted.with_effort(progress.effort, is_truncated=progress.is_truncated)
            too_slow = False
            progress.restart()

    def load_columns(self, folder: Path) -> FittedModel:
        from catboost import CatBoost as Trees

        booster = Trees()
        booster.load_model(str(folder / "model.cbm"))
        return FittedCatBoost(booster, (folder / "classifier").exists())


class FittedCatBoost(FittedModel):
    """A booster in CatBoost's binary format."""

    def __init__(self, booster: Any, is_classifier: bool, rounds: int | None = None) -> None:
        self._booster = booster
        self._kind = "Probability" if is_classifier else "RawFormulaVal"
        self.rounds = rounds

    def predict(self, table: EncodedFeatures) -> Array:
        from catboost import Pool

        pool = Pool(_data(table), thread_count=1)
        return np.asarray(self._booster.predict(pool, prediction_type=self._kind, thread_count=1))

    def attributions(self, table: EncodedFeatures) -> Attributions:
        from catboost import Pool

        pool = Pool(_data(table), thread_count=1)
        shap_values = np.asarray(self._booster.get_feature_importance(pool, type="ShapValues", thread_count=1))
        # The base comes last.
        shares = shap_values[:, :, None] if shap_values.ndim == 2 else shap_values.transpose(0, 2, 1)
        if self._kind == "Probability" and shap_values.ndim == 2:
            shares = binary_margins(shap_values)
        return Attributions(shares[:, :-1], shares[:, -1], "softmax" if shares.shape[2] > 1 else "identity")

    def save(self, folder: Path) -> None:
        # CatBoost writes to paths only, and not to all that Python can name.
        with tempfile.TemporaryDirectory() as scratch:
            path = Path(scratch) / "model.cbm"
            self._booster.save_model(str(path))
            (folder / "model.cbm").write_bytes(path.read_bytes())
        if self._kind == "Probability":
            (folder / "classifier").touch()


def _data(table: EncodedFeatures) -> Any:
    """Make CatBoost's own container, the only one that takes float32 beside categories without a data frame."""
    from catboost import FeaturesData

    numeric = np.ascontiguousarray(table.numeric)
    if not table.categorical.shape[1]:
        return numeric
    names = np.array([str(code).encode() for code in range(-1, max(map(len, table.categories)) + 1)], dtype=object)
    return FeaturesData(
        num_feature_data=numeric if numeric.shape[1] else None, cat_feature_data=names[table.categorical + 1]
    )


def _loss(problem: TaskSpec) -> str:
    if problem.task == "regression":
        return "MAE" if problem.uses_absolute_error else "RMSE"
    return "MultiClass" if problem.task == "multiclass" else "Logloss"
