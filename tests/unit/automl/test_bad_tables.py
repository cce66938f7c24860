"""Bad tables: a valid model, or an error that says what to mend; never anything else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from automl import AutoML, DataError, SpecError
from automl.search.callbacks import NullCallback

N = 90
RNG = np.random.default_rng(0)
X = RNG.normal(size=N)
AB = ["a", "b"] * (N // 2)


class Brief(NullCallback):
    """Ends the search after the first real model."""

    def __init__(self) -> None:
        self._n_finished = 0

    def trial_finished(self, trial: object) -> None:
        self._n_finished += 1

    def should_stop(self) -> bool:
        return self._n_finished >= 2


def repeated(cells: list[Any]) -> pd.Series:
    return pd.Series((cells * N)[:N], dtype=object)


REFUSED: dict[str, tuple[str, Any, Any]] = {
    "no column but the target": ("NO_USABLE_COLUMN", None, AB),
    "nothing but empty columns": ("NO_USABLE_COLUMN", [None] * N, AB),
    "a constant target": ("TARGET_CONSTANT", X, ["a"] * N),
    "an empty target": ("TARGET_ALL_MISSING", X, [None] * N),
    "a row a class": ("TARGET_ALL_DIFFERENT", X, [f"k{i}" for i in range(N)]),
    "free text as target": ("TARGET_ALL_DIFFERENT", X, [f"the customer said {i} things" for i in range(N)]),
    "dates as target": ("TARGET_ALL_DIFFERENT", X, pd.date_range("2020-01-01", periods=N)),
    "a single row of one class": ("CLASSES_TOO_RARE", X, ["a"] * (N - 1) + ["b"]),
    "a target beyond computing": ("TARGET_OUT_OF_RANGE", X, X * 1e300),
    "a target of nearly nothing": ("TARGET_OUT_OF_RANGE", X, X * 1e-300),
    "nine rows": ("TOO_FEW_ROWS", X[:9], AB[:9]),
    "no rows": ("TARGET_ALL_MISSING", [], []),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_cannot_work_is_refused_in_words(kind: str) -> None:
    reason, x, y = REFUSED[kind]
    frame = pd.DataFrame({"x": x, "y": y} if x is not None else {"y": y})
    with pytest.raises(DataError) as caught:
        AutoML(time_budget=5, models=["linear"]).fit(frame)
    assert caught.value.reason == reason
    assert caught.value.hint


def test_a_target_named_twice() -> None:
    frame = pd.DataFrame(RNG.normal(size=(N, 3)), columns=["y", "a", "y"])
    with pytest.raises(SpecError) as caught:
        AutoML(time_budget=5).fit(frame)
    assert caught.value.reason == "COLUMN_NAMED_TWICE"


SURVIVED: dict[str, Any] = {
    "integers beyond 64 bits": lambda: {"x": [2**63 + i**7 for i in range(N)], "z": repeated([10**400, 1]), "y": X},
    "a target of integers beyond 64 bits": lambda: {"x": X, "y": repeated([2**70 + i * 10**9 for i in range(N)])},
    "infinities": lambda: {
        "x": repeated([np.inf, -np.inf, 1.0, -0.0, np.nan]),
        "y": repeated([np.inf, 1.5, 2.5, -0.0]),
    },
    "infinities in words": lambda: {"x": repeated(["inf", "-inf", "1"]), "y": repeated(["1.5", "inf", "2.5", "7"])},
    "faces": lambda: {"😀": X, '🚀 "q",\n': repeated(["👍", "👎"]), "y": repeated(["👍", "👎", "🤷"])},
    "names of Python's own": lambda: {"__class__": X, "self": repeated(["a", "b", "c"]), "{0}": X % 1, "y": AB},
    "cells of every kind": lambda: {
        "x": repeated([1, "two", 3.0, None, True, pd.Timestamp("2020-01-01"), b"x", [1], {"a": 1}, (1, 2)]),
        "y": AB,
    },
    "text that is no text": lambda: {"x": repeated(["\ud800", "ok"]), "z": X, "y": repeated(["\udfff", "b"])},
    "only text": lambda: {
        "x": [" ".join(RNG.choice(["alpha", "beta", "gamma"], 5)) + f" {i}" for i in range(N)],
        "y": AB,
    },
    "labels of thousands of characters": lambda: {
        "x": repeated(["z" * 5000, "w"]),
        "z": X,
        "y": repeated(["L" * 3000, "b"]),
    },
    "truth values as target": lambda: {"x": X, "y": [True, False] * (N // 2)},
    "a class nobody is in": lambda: {"x": X, "y": pd.Categorical(AB, categories=["a", "b", "c"])},
    "pandas' own missing": lambda: {"x": pd.array([1, None, 3] * (N // 3), dtype="Int64"), "y": X},
    "dates at the ends of time": lambda: {"x": repeated(["9999-12-31", "0001-01-01"]), "z": X, "y": X * 2},
    "zones and periods": lambda: {
        "x": pd.date_range("2020", periods=N, tz="Europe/Berlin"),
        "z": pd.period_range("2020-01", periods=N, freq="M"),
        "y": X,
    },
    "complex numbers": lambda: {"x": X + 1j, "z": X, "y": AB},
    "eleven rows": lambda: {"x": X[:11], "y": AB[:11]},
    "rare classes": lambda: {"x": X, "y": ["a"] * (N - 5) + ["b", "b", "c", "d", "e"]},
    "more columns than rows": lambda: {**{f"f{i}": RNG.normal(size=20) for i in range(200)}, "y": X[:20]},
    "90 classes": lambda: {"x": RNG.normal(size=270), "y": [f"k{i % 90}" for i in range(270)]},
}


@pytest.mark.parametrize("kind", SURVIVED)
def test_what_is_strange_still_gives_a_model(kind: str, tmp_path: Path) -> None:
    frame = pd.DataFrame(SURVIVED[kind]())
    fitted = AutoML(time_budget=30, models=["linear"]).fit(frame, callback=Brief())
    json.dumps(fitted.summary_, allow_nan=False)
    assert np.isfinite(fitted.reported_score_["mean"])
    fitted.save(tmp_path / "model")
    loaded = AutoML.load(tmp_path / "model")
    np.testing.assert_array_equal(loaded.predict(frame.head(5)), fitted.predict(frame.head(5)))
    one_row = {str(name): [frame[name].iloc[0]] for name in frame.columns}
    one, first = loaded.predict(one_row)[0], fitted.predict(frame.head(1))[0]
    assert one == (pytest.approx(first, rel=1e-4) if isinstance(first, float) else first)


@pytest.mark.parametrize("twins", [["a", "a"], [3, "3"]])
def test_columns_of_one_name_are_refused_in_fit_and_predict(twins: list[object]) -> None:
    frame = pd.DataFrame(RNG.normal(size=(N, 4)), columns=["a", 3, "b", "y"])
    fitted = AutoML(time_budget=30, models=["linear"]).fit(frame, callback=Brief())
    assert {each["name"] for each in fitted.features_} == {"a", "3", "b"}
    twice = frame.set_axis([*twins, "b", "y"], axis=1)
    for call in (AutoML(time_budget=30).fit, fitted.predict):
        with pytest.raises(DataError) as caught:
            call(twice)
        assert caught.value.reason == "COLUMN_NAMED_TWICE"
