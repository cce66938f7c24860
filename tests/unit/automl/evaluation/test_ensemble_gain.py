from __future__ import annotations

import time

import numpy as np

from automl.evaluation.ensemble_gain import ensemble_gain


def test_members_join_in_order_of_weight() -> None:
    scored_weights: list[list[float]] = []

    def score(weights: np.ndarray) -> float:
        scored_weights.append(weights.round(3).tolist())
        return float(len(scored_weights))

    weights = np.array([0.2, 0.8, 0.0])
    gains = ensemble_gain(["a", "b", "c"], weights, [1.0, 2.0, 4.0], score, deadline=time.monotonic() + 9)
    assert scored_weights == [[0, 1, 0], [0.2, 0.8, 0]]
    assert [(each["name"], each["score"], each["predict_ms_per_row"]) for each in gains] == [("b", 1, 2), ("a", 2, 3)]


def test_time_is_up() -> None:
    assert ensemble_gain(["a"], np.ones(1), [1.0], lambda _: 1.0, deadline=0) == []
