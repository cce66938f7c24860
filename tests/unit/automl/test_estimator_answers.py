"""What a fit makes of odd cells, labels and targets, and of the limit for a row."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from automl import AutoML, SpecError
from tests.unit.automl.small_fit import RecordingCallback, table

# A linear model alone is out of ideas within a second: its generous budgets below cost nothing.
REPORTED = {"metric", "mean", "standard_error", "method"}


def test_objects_of_every_kind_are_cells() -> None:
    rng = np.random.default_rng(0)
    x = rng.random(80)
    frame = pd.DataFrame(
        {
            "x": [Decimal(str(round(each, 3))) for each in x],
            "s": pd.Series([pd.NA, "a", None, np.str_("b")] * 20, dtype=object),
            "when": pd.Series([date(2024, 1, 1 + i % 28) if i % 9 else pd.NaT for i in range(80)], dtype=object),
            "n": pd.Series([np.int8(i % 5) if i % 7 else pd.NA for i in range(80)], dtype=object),
            "flag": pd.Series([np.True_, False, pd.NA, True] * 20, dtype=object),
            "y": pd.Series(np.where(x > 0.5, "A", "B"), dtype=object).where(x < 0.97, pd.NA),
        }
    )
    model = AutoML(time_budget=20, models=["linear"]).fit(frame, "y").model_
    assert set(model.classes_) == {"A", "B"}
    assert len(model.predict(frame.drop(columns="y"))) == 80
    assert model.predict({name: [None] for name in frame.columns}).tolist()[0] in ("A", "B")


def test_a_target_far_from_zero_is_scored_in_its_spread() -> None:
    a = np.random.default_rng(0).random(200)
    frame = pd.DataFrame({"a": a.round(4), "y": 1.7e9 + 100 * a})
    found = AutoML(time_budget=20, models=["linear"]).fit(frame, "y")
    assert found.reported_score_["mean"] < 2
    assert np.abs(found.predict(frame) - frame["y"]).max() < 10


def test_the_positive_class_is_the_affirmative_word_and_f1_is_its_own() -> None:
    x = np.random.default_rng(0).random(200)
    frame = pd.DataFrame({"x": x.round(3), "y": np.where(x > 0.9, "active", "inactive")})
    found = AutoML(time_budget=20, models=["linear"], metric="f1").fit(frame, "y")
    assert found.classes_.tolist() == ["inactive", "active"]
    assert found.baseline_score_["mean"] == 0
    assert (found.summary_["positive_class"], found.summary_["positive_class_rule"]) == ("active", "affirmative word")


@pytest.mark.parametrize("labels", [[" >50K", " <=50K"], ["YES", "no "], ["001", "002"], ["caf\xe9", "th\xe9"]])
def test_every_label_that_is_predicted_stands_in_the_table(labels: list[str]) -> None:
    x = np.random.default_rng(0).random(60)
    frame = pd.DataFrame({"x": x.round(3), "y": np.where(x > 0.5, *labels)})
    found = AutoML(time_budget=20, models=["linear"]).fit(frame, "y").predict(frame)
    assert set(found) == {label.strip() for label in labels}


@pytest.mark.parametrize(("limit", "shown"), [(10.0, 10.0), (None, None), (0, None)])
def test_who_is_not_in_the_ensemble_says_why_and_the_limit_is_told(limit: float | None, shown: float | None) -> None:
    callback = RecordingCallback(stop_after=6)
    fitted = AutoML(time_budget=20, models=["linear", "lightgbm"], max_predict_ms=limit).fit(
        table(), "sign", callback=callback
    )
    assert fitted.summary_["max_predict_ms"] == shown
    for entry in fitted.leaderboard_:
        assert (entry["weight"] > 0) == (entry["left_out_reason"] is None), entry
    json.dumps(fitted.summary_, allow_nan=False)


def test_a_limit_that_no_model_keeps_is_named_beside_what_they_take() -> None:
    fitted = AutoML(time_budget=20, models=["linear", "lightgbm"], max_predict_ms=1e-6).fit(
        table(), "sign", callback=RecordingCallback(stop_after=4)
    )
    left = [entry["left_out_reason"] for entry in fitted.leaderboard_ if not entry["weight"]]
    assert left
    assert all("limit 1e-06 ms" in reason for reason in left)
    assert any("limit" in warning for warning in fitted.warnings_)


@pytest.mark.parametrize("limit", [-1, float("nan"), "fast"])
def test_a_limit_that_is_none_is_refused(limit: object) -> None:
    with pytest.raises(SpecError) as caught:
        AutoML(max_predict_ms=limit).fit(table(), "sign")  # type: ignore[arg-type]
    assert caught.value.reason == "BAD_MAX_PREDICT_MS"
