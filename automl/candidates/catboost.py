"""CatBoost with native categories."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from optuna.distributions import FloatDistribution, IntDistribution

from automl.candidates.base import Array, Candidate, FittedModel, Fold, Params, Problem, Progress, Space
from automl.encode import Encoded

MAX_ROUNDS = 10_000


class CatBoost(Candidate):
    """Ordered boosting of symmetric trees."""

    name = "catboost"
    library = "catboost"
    min_seconds = 1.0

    def search_space(self, problem: Problem) -> Space:
        return {
            "learning_rate": FloatDistribution(0.01, 0.2, log=True),
            "depth": IntDistribution(4, 9),
            "l2_leaf_reg": FloatDistribution(1e-5, 5.0, log=True),
            "subsample": FloatDistribution(0.6, 1.0),
            "random_strength": FloatDistribution(0.0, 2.0),
            "one_hot_max_size": IntDistribution(2, 30),
            "leaf_estimation_iterations": IntDistribution(1, 20, log=True),
        }

    def defaults(self, problem: Problem) -> list[Params]:
        if problem.is_classification:
            first = {"learning_rate": 0.08, "depth": 7, "random_strength": 0.8, "one_hot_max_size": 15}
            first |= {"l2_leaf_reg": 1e-5, "leaf_estimation_iterations": 1}
        else:
            first = {"learning_rate": 0.09, "depth": 9, "random_strength": 0.0, "one_hot_max_size": 20}
            first |= {"l2_leaf_reg": 1e-5, "leaf_estimation_iterations": 20}
        library = {"learning_rate": 0.05, "depth": 6, "l2_leaf_reg": 3.0, "random_strength": 1.0}
        library |= {"one_hot_max_size": 2, "leaf_estimation_iterations": 10 if problem.is_classification else 1}
        return [{**first, "subsample": 0.9}, {**library, "subsample": 1.0}]

    def fit(self, params: Mapping[str, Any], problem: Problem, fold: Fold) -> FittedModel:
        from catboost import CatBoost as Booster
        from catboost import Pool

        loss = _loss(problem)
        progress = Progress(fold, params["learning_rate"])

        class Watch:
            def after_iteration(self, info: Any) -> bool:
                value = info.metrics["validation"][loss][-1] if "validation" in info.metrics else None
                # CatBoost counts from 1.
                return not progress.stop(info.iteration - 1, value)

        booster = Booster(
            {
                **params,
                "loss_function": loss,
                "iterations": fold.rounds or MAX_ROUNDS,
                "bootstrap_type": "Bernoulli",
                "use_best_model": fold.valid is not None,
                "thread_count": problem.n_jobs,
                "random_seed": problem.seed,
                "allow_writing_files": False,
                "verbose": False,
                **({"classes_count": problem.n_classes} if problem.task == "multiclass" else {}),
            }
        )
        booster.fit(
            Pool(_data(fold.train), fold.y),
            eval_set=None if fold.valid is None else Pool(_data(fold.valid), fold.y_valid),
            callbacks=[Watch()],
        )
        return FittedCatBoost(booster, problem.is_classification)

    def load(self, folder: Path) -> FittedModel:
        from catboost import CatBoost as Booster

        booster = Booster()
        booster.load_model(str(folder / "model.cbm"))
        return FittedCatBoost(booster, (folder / "classifier").exists())


class FittedCatBoost(FittedModel):
    """A booster in CatBoost's binary format."""

    def __init__(self, booster: Any, is_classifier: bool) -> None:
        self._booster = booster
        self._kind = "Probability" if is_classifier else "RawFormulaVal"
        self.rounds = booster.tree_count_

    def predict(self, table: Encoded) -> Array:
        from catboost import Pool

        threads = 1 if len(table) < 1000 else -1
        pool = Pool(_data(table), thread_count=threads)
        return np.asarray(self._booster.predict(pool, prediction_type=self._kind, thread_count=threads))

    def save(self, folder: Path) -> None:
        # CatBoost writes to paths only, and not to all that Python can name.
        with tempfile.TemporaryDirectory() as scratch:
            path = Path(scratch) / "model.cbm"
            self._booster.save_model(str(path))
            (folder / "model.cbm").write_bytes(path.read_bytes())
        if self._kind == "Probability":
            (folder / "classifier").touch()


def _data(table: Encoded) -> Any:
    """CatBoost's own container: the only one that takes float32 beside categories without a data frame."""
    from catboost import FeaturesData

    numeric = np.ascontiguousarray(table.numeric)
    if not table.categorical.shape[1]:
        return numeric
    names = np.array([str(code).encode() for code in range(-1, max(map(len, table.categories)) + 1)], dtype=object)
    return FeaturesData(
        num_feature_data=numeric if numeric.shape[1] else None, cat_feature_data=names[table.categorical + 1]
    )


def _loss(problem: Problem) -> str:
    if problem.task == "regression":
        return "MAE" if problem.absolute else "RMSE"
    return "MultiClass" if problem.task == "multiclass" else "Logloss"
