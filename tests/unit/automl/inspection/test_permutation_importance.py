from __future__ import annotations

import time

import numpy as np
import pandas as pd

from automl.inspection.permutation_importance import permutation_importance
from automl.metrics import get_metric
from automl.preprocessing.features import Features
from automl.preprocessing.fit import fit_preprocessor

RNG = np.random.default_rng(0)
FRAME = pd.DataFrame(
    {
        "strong": RNG.normal(size=300).round(4),
        "weak": RNG.normal(size=300).round(4),
        "idle": RNG.choice(["a", "b", "c"], 300),
    }
)
Y = 3 * FRAME["strong"].to_numpy() + 0.5 * FRAME["weak"].to_numpy()
PLAN, FEATURES = fit_preprocessor(FRAME, Y, target="y")


def predict(features: Features) -> np.ndarray:
    strong, weak = (features.numeric[:, features.numeric_names.index(name)] for name in ("strong", "weak"))
    return np.asarray(3 * strong + 0.5 * weak)


def test_columns_come_in_the_order_of_their_worth() -> None:
    importance = permutation_importance(
        predict, PLAN, FEATURES, Y, get_metric("rmse"), deadline=time.monotonic() + 30, seed=0
    )
    assert [each["feature"] for each in importance] == ["strong", "weak", "idle"]
    assert importance[2]["importance"] == 0


def test_what_time_does_not_reach_is_left_out() -> None:
    assert permutation_importance(predict, PLAN, FEATURES, Y, get_metric("rmse"), deadline=0, seed=0) == []
