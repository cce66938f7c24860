"""Pitfalls that AutoML systems are blamed for, one test each (those of a file's own room are tested there)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from automl import AutoML
from automl.preprocessing.fit import fit_preprocessor
from automl.search.callbacks import NullCallback
from automl.search.splits import folds

N = 240
RNG = np.random.default_rng(0)


class Brief(NullCallback):
    """Ends the search after some trials."""

    def __init__(self, n_trials: int = 2) -> None:
        self._left = n_trials

    def trial_finished(self, trial: object) -> None:
        self._left -= 1

    def should_stop(self) -> bool:
        return self._left <= 0


def table(**columns: Any) -> pd.DataFrame:
    colour = RNG.choice(["red", "green", "blue"], N)
    y = np.where((colour == "red") ^ (RNG.random(N) < 0.1), "yes", "no")
    return pd.DataFrame({"colour": colour, "x": RNG.normal(size=N), **columns, "y": y})


def fitted(frame: pd.DataFrame, **settings: Any) -> AutoML:
    return AutoML(**{"time_budget": 30, "models": ["linear"], **settings}).fit(frame, callback=Brief())


def test_a_tiny_budget_still_returns_a_model() -> None:
    model = AutoML(time_budget=0.3).fit(table())
    assert set(model.predict(table())) <= {"yes", "no"}


def test_categories_are_not_coded_anew_when_predicting() -> None:
    frame = table()
    model = fitted(frame)
    reds = frame[frame["colour"] == "red"].head(5)
    whole = model.predict_proba(frame)[reds.index]
    # Only one label is there now, and it would be the first of a new coding.
    np.testing.assert_allclose(model.predict_proba(reds), whole, rtol=1e-4)
    np.testing.assert_allclose(model.predict_proba(reds[["x", "colour"]].iloc[::-1])[::-1], whole, rtol=1e-4)
    np.testing.assert_allclose(model.predict_proba(reds.astype({"colour": "category"})), whole, rtol=1e-4)


def test_an_id_is_no_feature() -> None:
    model = fitted(table(customer_id=RNG.permutation(10**6 + np.arange(N))))
    assert "customer_id" not in {feature["name"] for feature in model.features_}
    assert {"column": "customer_id", "action": "dropped", "why": "an ID: unique in every row"} in model.data_actions_


def test_rare_classes_stay_and_are_learned_in_every_fold() -> None:
    y = np.array([0] * 150 + [1] * 80 + [2] * 3 + [3])
    for train, _ in folds(y, "multiclass", 5, seed=0):
        assert set(y[train]) == {0, 1, 2, 3}
    frame = table().assign(y=["a"] * 150 + ["b"] * 86 + ["c"] * 3 + ["d"])
    assert fitted(frame).classes_.tolist() == ["a", "b", "c", "d"]


def test_many_labels_do_not_blow_up() -> None:
    frame = table(
        street=[f"{i} Main St" if i % 2 else f"lane {i}" for i in range(N)], town=[f"t{i % 70}" for i in range(N)]
    )
    features = fit_preprocessor(frame, (frame["y"] == "yes").to_numpy().astype(np.int64), target="y")[1]
    assert features.n_columns < 12


def test_labels_met_once_leak_nothing() -> None:
    """A target encoding fitted on its own rows would find these random labels perfect."""
    frame = table().assign(y=RNG.choice(["yes", "no"], N), town=[f"t{i % 110}" for i in range(N)])
    assert fitted(frame[["town", "y"]]).reported_score_["mean"] < 0.65


def test_missing_at_prediction_alone_is_answered() -> None:
    model = fitted(table())
    for rows in ({"x": [1.0]}, {"colour": [None], "x": [None]}, {"colour": ["violet"], "x": ["n/a"]}, {"z": [1]}):
        assert np.isfinite(model.predict_proba(rows)).all()


def test_numbers_as_text_answer_like_numbers() -> None:
    frame = table()
    model = fitted(frame)
    as_text = {"colour": frame["colour"].tolist(), "x": [repr(float(x)) for x in frame["x"]]}
    np.testing.assert_allclose(model.predict_proba(as_text), model.predict_proba(frame), rtol=1e-4)
