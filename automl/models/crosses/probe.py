"""A small LightGBM model that shows which columns are worth crossing, and the loss that LightGBM fits a task with.

The loss stands here and not beside the LightGBM family, which imports this package for its feature crosses.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from automl._typing import Array
from automl.models.base import TaskSpec

PROBE_ROUNDS = 50


def probe_gains(matrix: Array, y: Array, problem: TaskSpec) -> Array:
    """Fit a small booster and return how much each column lowers its loss, shape (columns,)."""
    import lightgbm

    settings = {
        **lightgbm_objective(problem),
        "num_threads": problem.n_jobs,
        "seed": problem.seed,
        "learning_rate": 0.1,
        "min_data_in_leaf": 10,
        "feature_fraction": 0.5,
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
    }
    rounds = max(5, PROBE_ROUNDS // max(1, problem.n_classes // 2))
    booster = lightgbm.train(settings, lightgbm.Dataset(matrix, y, params=settings), rounds)
    return np.asarray(booster.feature_importance("gain"))


def lightgbm_objective(problem: TaskSpec) -> dict[str, Any]:
    """Return LightGBM's parameters for the loss it minimizes and the metric it watches."""
    if problem.task == "regression":
        loss = "regression_l1" if problem.uses_absolute_error else "regression"
        return {"objective": loss, "metric": "l1" if problem.uses_absolute_error else "l2"}
    if problem.task == "multiclass":
        return {"objective": "multiclass", "metric": "multi_logloss", "num_class": problem.n_classes}
    # Not AUC, even where AUC is the aim: it may peak at the first tree, whose probabilities say nothing.
    return {"objective": "binary", "metric": "binary_logloss"}
