"""LightGBM with native categories."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from scipy.special import expit, softmax

from automl._typing import Array
from automl.models.attributions import Attributions, binary_margins
from automl.models.base import FitData, FittedModel, Params, Space, TaskSpec, to_tree_matrix
from automl.models.boosting.base import MAX_ROUNDS, AdaptiveStopping, Booster
from automl.models.crosses.probe import lightgbm_objective
from automl.preprocessing.text_encoder import EncodedFeatures

MAX_LEVELS = 100
MAX_CLASSES = 200
TAIL_LEAF_S = 1.5e-6
"""Seconds for writing a leaf as text and reading it again."""
BLOCK_TREES = 50
BLOCK_ROWS = 4_096
LOW_ROWS = 64
"""Maximum rows that pass through all trees at once; more take blocks, which then stay in the processor's cache."""
TARGET_LEARNING = 20.0
MAX_LEARNING_RATE = 0.15


class LightGBM(Booster):
    """Gradient boosting by histograms, leaf by leaf."""

    name = "lightgbm"
    library = "lightgbm"
    # The first two differ in `crosses` alone, see `resolve_crosses`; the one without them is the quicker.
    portfolio_ranks = (30, 40, 70, 110, 220)
    onnx_converter = "lightgbm:lightgbm_to_onnx"
    round_s = 5e-4

    def supports(self, problem: TaskSpec, table: EncodedFeatures) -> bool:
        return problem.n_classes <= MAX_CLASSES  # each round grows a tree a class

    def search_space(self, problem: TaskSpec) -> Space:
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
            "crosses": CategoricalDistribution((False, True)),
        }

    def defaults(self, problem: TaskSpec) -> list[Params]:
        # Chosen by forward selection of an ensemble, cross-validated on the training rows of five tables.
        common = {"lambda_l1": 0.1, "lambda_l2": 1.0, "cat_l2": 20.0, "cat_smooth": 30.0, "extra_trees": False}
        small = {**common, "learning_rate": 0.05, "feature_fraction": 0.6, "bagging_fraction": 0.8}
        large = {**common, "learning_rate": 0.03, "feature_fraction": 0.5, "bagging_fraction": 0.8}
        # From TabArena's portfolio, but for its steps, which were too small for what they gained.
        extra = {"learning_rate": 0.05, "num_leaves": 39, "feature_fraction": 0.46, "bagging_fraction": 0.88}
        extra |= {"min_data_in_leaf": 3, "lambda_l1": 0.24, "lambda_l2": 0.36, "cat_l2": 0.34, "cat_smooth": 15.4}
        return [
            {**small, "num_leaves": 8, "min_data_in_leaf": 10, "crosses": False},
            {**small, "num_leaves": 8, "min_data_in_leaf": 10, "crosses": True},
            {**large, "num_leaves": 31, "min_data_in_leaf": 10, "crosses": True},
            {**extra, "extra_trees": True, "crosses": True},
            {**large, "num_leaves": 128, "min_data_in_leaf": 2, "extra_trees": True, "crosses": True},
        ]

    def fit_columns(self, params: Mapping[str, Any], problem: TaskSpec, fold: FitData) -> FittedModel:
        import lightgbm

        settings = {
            **params,
            **lightgbm_objective(problem),
            "bagging_freq": 1 if params["bagging_fraction"] < 1 else 0,
            "num_threads": problem.n_jobs,
            "seed": problem.seed,
            "deterministic": True,
            "force_row_wise": True,
            "verbosity": -1,
        }
        p = fold.train.numeric.shape[1]
        # Splits into sets of very many levels learn the rows by heart; codes in order do less harm.
        categories = [p + j for j, labels in enumerate(fold.train.categories) if len(labels) <= MAX_LEVELS]
        train = lightgbm.Dataset(to_tree_matrix(fold.train), fold.y, categorical_feature=categories, params=settings)
        sets = []
        if fold.valid is not None:
            sets = [lightgbm.Dataset(to_tree_matrix(fold.valid), fold.y_valid, reference=train, params=settings)]
        outputs = problem.n_classes if problem.task == "multiclass" else 1
        tail_s = TAIL_LEAF_S * outputs * int(params["num_leaves"])
        progress = AdaptiveStopping(fold, params["learning_rate"], TARGET_LEARNING, MAX_LEARNING_RATE, tail_s)

        def watch(env: Any) -> None:
            value = env.evaluation_result_list[0][2] if env.evaluation_result_list else None
            if progress.stop(env.iteration, value):
                raise lightgbm.callback.EarlyStopException(progress.best_round, [])
            if progress.increase_learning_rate(env.iteration):
                env.model.reset_parameter({"learning_rate": progress.rate})

        booster = lightgbm.train(
            {**settings, "learning_rate": progress.rate},
            train,
            fold.rounds or MAX_ROUNDS,
            valid_sets=sets,
            callbacks=[watch],
            keep_training_booster=True,  # or it would be written and read here too
        )
        fitted = FittedLightGBM(booster.model_to_string(num_iteration=progress.best_round + 1), progress.rounds)
        return fitted.with_effort(progress.effort, is_truncated=progress.is_truncated)

    def load_columns(self, folder: Path) -> FittedModel:
        return FittedLightGBM((folder / "model.txt").read_text(encoding="utf-8"))


class FittedLightGBM(FittedModel):
    """A booster in LightGBM's text format."""

    def __init__(self, text: str, rounds: int | None = None) -> None:
        import lightgbm

        self._text = text
        self._booster = lightgbm.Booster(model_str=text)
        self._is_binary = "objective=binary" in text
        self._lock = threading.Lock()
        self.rounds = rounds

    def predict(self, table: EncodedFeatures) -> Array:
        matrix = to_tree_matrix(table, np.float64)
        parts = [self._margins(matrix[i : i + BLOCK_ROWS]) for i in range(0, max(1, len(matrix)), BLOCK_ROWS)]
        margins = np.concatenate(parts)
        if self._is_binary:
            second = expit(margins)
            return np.column_stack([1 - second, second])
        return np.asarray(softmax(margins, axis=1)) if margins.ndim == 2 else margins

    def _margins(self, matrix: Array) -> Array:
        outputs = self._booster.num_model_per_iteration()
        rounds = max(1, self._booster.num_trees() // outputs)
        step = rounds if len(matrix) <= LOW_ROWS else max(1, BLOCK_TREES // outputs)
        total: Any = 0.0
        for first in range(0, rounds, step):
            # The range is kept in the booster itself: another thread's would take its place.
            with self._lock:
                shap_values = self._booster.predict(
                    matrix, start_iteration=first, num_iteration=step, raw_score=True, num_threads=1
                )
            total = total + shap_values
        return np.asarray(total)

    def attributions(self, table: EncodedFeatures) -> Attributions:
        matrix = to_tree_matrix(table, np.float64)
        with self._lock:
            shap_values = np.asarray(self._booster.predict(matrix, pred_contrib=True, num_threads=1))
        shares = shap_values.reshape(len(matrix), -1, matrix.shape[1] + 1).transpose(0, 2, 1)  # the base comes last
        if self._is_binary:
            shares = binary_margins(shares[:, :, 0])
        return Attributions(shares[:, :-1], shares[:, -1], "softmax" if shares.shape[2] > 1 else "identity")

    def save(self, folder: Path) -> None:
        (folder / "model.txt").write_text(self._text, encoding="utf-8")
