from __future__ import annotations

import time
from typing import Any

import numpy as np
import pandas as pd
import pytest

from automl.inspection.partial_dependence import partial_dependence
from automl.preprocessing.features import Features
from automl.preprocessing.fit import fit_preprocessor

RNG = np.random.default_rng(0)
N = 400
FRAME = pd.DataFrame(
    {
        "size": RNG.normal(size=N).round(4),
        "colour": RNG.choice(["red", "blue", "green"], N, p=[0.5, 0.3, 0.2]),
        "open": RNG.choice(["yes", "no"], N),
        "day": pd.Series(pd.date_range("2020-01-01", periods=N)).astype(str),
    }
)
Y = FRAME["size"].to_numpy() * 3 + (FRAME["colour"] == "red") + (FRAME["open"] == "yes")
PLAN, FEATURES = fit_preprocessor(FRAME, Y.to_numpy(), target="y")


def predict(features: Features) -> np.ndarray:
    size = features.numeric[:, features.numeric_names.index("size")]
    opened = features.numeric[:, features.numeric_names.index("open")]
    red = features.categories[0].index("red")
    return np.asarray(3 * size + (features.categorical[:, 0] == red) + opened)


def dependence(columns: list[str], **options: Any) -> dict[str, dict[str, Any]]:
    options = {"deadline": time.monotonic() + 60, "seed": 0, **options}
    found = partial_dependence(predict, PLAN, FEATURES, columns, ["y"], **options)
    return {each["feature"]: each for each in found}


def test_the_mean_answer_follows_the_column() -> None:
    found = dependence(["size", "colour", "open", "day"])
    size = found["size"]
    slope = np.diff(size["series"][0]["means"]) / np.diff(size["values"])
    assert slope == pytest.approx(np.full(len(slope), 3.0), rel=1e-3)
    colour = found["colour"]
    means = dict(zip(colour["values"], colour["series"][0]["means"], strict=True))
    assert means["red"] - means["blue"] == pytest.approx(1.0, abs=1e-4)
    assert means["blue"] == pytest.approx(means["green"], abs=1e-4)
    assert sum(colour["shares"]) == pytest.approx(1.0, abs=1e-4)
    assert set(found["open"]["values"]) == {"yes", "no"}
    assert found["day"]["kind"] == "date"
    assert "2020-01-01" < found["day"]["values"][0] < found["day"]["values"][-1] < "2021-12-31"


def test_of_many_classes_the_likeliest_are_told() -> None:
    def proba(features: Features) -> np.ndarray:
        return np.tile([0.1, 0.2, 0.05, 0.3, 0.15, 0.2], (len(features), 1))

    (found,) = partial_dependence(
        proba, PLAN, FEATURES, ["size"], list("abcdef"), deadline=time.monotonic() + 60, seed=0
    )
    assert [each["name"] for each in found["series"]] == ["d", "b", "f", "e", "a"]


def test_what_time_does_not_reach_is_left_out() -> None:
    assert dependence(["size"], deadline=0) == {}


def test_where_nearly_all_rows_have_one_value_the_others_are_told() -> None:
    gains = np.where(np.arange(N) % 20 == 0, np.arange(N), 0)
    plan, features = fit_preprocessor(pd.DataFrame({"gain": gains}), gains.astype(float), target="y")

    def gain_of(features: Features) -> np.ndarray:
        return np.asarray(features.numeric[:, 0])

    (found,) = partial_dependence(gain_of, plan, features, ["gain"], ["y"], deadline=time.monotonic() + 60, seed=0)
    assert found["values"][0] == 0
    assert len(found["values"]) > 10
    assert found["series"][0]["means"] == pytest.approx(found["values"])
