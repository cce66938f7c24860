"""`AutoML` from end to end, on small tables and budgets of seconds."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import automl
from automl import AutoML, DataError, SpecError, Trial
from tests.unit.automl.small_fit import RecordingCallback, table

# A linear model alone is out of ideas within a second: its generous budgets below cost nothing.
REPORTED = {"metric", "mean", "standard_error", "method"}


@pytest.mark.parametrize(
    ("target", "task", "metric"),
    [("sign", "binary", "auc"), ("size", "multiclass", "log_loss"), ("value", "regression", "rmse")],
)
def test_each_task_from_table_to_loaded_bundle(target: str, task: str, metric: str, tmp_path: Path) -> None:
    frame = table()
    others = {"sign", "size", "value"} - {target}
    callback = RecordingCallback(stop_after=4)
    fitted = AutoML(time_budget=60, models=["linear", "lightgbm"], exclude_columns=others).fit(
        frame, target, callback=callback
    )
    assert fitted.summary_["task"] == task
    assert set(fitted.reported_score_) == REPORTED
    assert fitted.reported_score_["metric"] == metric
    reported, baseline = fitted.reported_score_["mean"], fitted.baseline_score_["mean"]
    assert reported > baseline if metric == "auc" else reported < baseline
    assert callback.phases == ["cleaning", "searching", "ensembling", "finishing"]
    assert callback.started == [trial.name for trial in callback.finished] == [trial.name for trial in fitted.history_]
    assert {each["feature"] for each in fitted.importance_} <= {"x", "z", "colour"}
    assert fitted.importance_[0]["feature"] in ("x", "colour")
    assert sum(row["weight"] for row in fitted.leaderboard_) == pytest.approx(1)
    assert fitted.best_model_ == fitted.leaderboard_[0]["name"]

    fitted.save(tmp_path / "model.nb")
    model = automl.load(tmp_path / "model.nb")
    np.testing.assert_array_equal(model.predict(frame), fitted.predict(frame))
    assert model.summary == json.loads(json.dumps(fitted.summary_))
    if task != "regression":
        np.testing.assert_allclose(model.predict_proba(frame), fitted.predict_proba(frame))
        assert list(model.classes_) == list(fitted.classes_) == fitted.summary_["classes"]
        assert set(fitted.predict(frame)) <= set(frame[target])


def test_one_row_of_text_is_answered_like_a_row_of_numbers() -> None:
    frame = table()
    fitted = AutoML(time_budget=20, models=["linear"]).fit(frame[["x", "colour", "value"]], "value")
    as_text = fitted.predict({"colour": ["red"], "x": ["1.5"], "extra": ["?"]})
    as_numbers = fitted.predict({"x": [1.5], "colour": ["red"]})
    np.testing.assert_allclose(as_text, as_numbers)
    assert np.isfinite(fitted.predict({"x": [None], "colour": ["never seen"]})).all()


def test_labels_keep_the_dtype_they_had() -> None:
    frame = table()
    frame["flag"] = frame["sign"] == "yes"
    fitted = AutoML(time_budget=20, models=["linear"]).fit(frame[["x", "colour", "flag"]], "flag")
    assert fitted.classes_.dtype == bool
    assert fitted.predict(frame).dtype == bool


def test_a_tiny_budget_gives_a_model() -> None:
    frame = table(2_000)
    fitted = AutoML(time_budget=1, models=["linear"]).fit(frame, "sign")
    # A machine that is busy with other work has time for the constant alone.
    assert fitted.best_model_.startswith(("linear", "constant"))
    assert fitted.predict(frame).shape == (2_000,)


def test_a_stop_keeps_the_best_so_far() -> None:
    callback = RecordingCallback(stop_after=2)
    fitted = AutoML(time_budget=60, models=["linear", "lightgbm"]).fit(table(), "sign", callback=callback)
    assert 2 <= len(fitted.history_) <= 4
    assert fitted.predict(table()).shape == (120,)


def test_a_search_goes_on_from_its_history(tmp_path: Path) -> None:
    frame = table()
    settings = {"models": ["linear", "lightgbm"], "exclude_columns": ["value", "size"]}
    first = AutoML(time_budget=30, **settings).fit(
        frame, "sign", callback=RecordingCallback(stop_after=3), folder=tmp_path
    )
    history = [Trial.from_json(json.loads(json.dumps(trial.to_json()))) for trial in first.history_]
    complete = [trial for trial in history if trial.state == "complete"]
    assert {each.name for each in tmp_path.iterdir()} == {f"trial-{trial.number}.npz" for trial in complete}
    callback = RecordingCallback(stop_after=1)
    second = AutoML(time_budget=30, **settings).fit(frame, "sign", callback=callback, history=history, folder=tmp_path)
    assert min(trial.number for trial in callback.finished) == len(history)
    assert [trial.number for trial in second.history_] == list(range(len(second.history_)))
    assert {row["name"] for row in second.leaderboard_} >= {trial.name for trial in complete}
    assert second.predict(frame).shape == (120,)


def test_history_alone_is_enough(tmp_path: Path) -> None:
    frame = table()
    settings = {"models": ["linear"], "exclude_columns": ["value", "size"]}
    first = AutoML(time_budget=20, **settings).fit(frame, "sign", folder=tmp_path)
    again = AutoML(time_budget=20, **settings).fit(
        frame, "sign", callback=RecordingCallback(stop_after=0), history=first.history_, folder=tmp_path
    )
    assert len(again.history_) == len(first.history_)
    assert (again.predict(frame) == first.predict(frame)).mean() > 0.9


def test_rows_without_a_target_are_left_out_and_said_so() -> None:
    frame = table()
    frame.loc[:4, "sign"] = None
    fitted = AutoML(time_budget=20, models=["linear"]).fit(frame, "sign")
    assert any("missing in 5 of 120 rows" in warning for warning in fitted.warnings_)


def test_groups_and_time_are_respected() -> None:
    frame = table()
    frame["who"] = np.repeat([f"g{i}" for i in range(24)], 5)
    frame["when"] = pd.date_range("2024-01-01", periods=120).astype(str)
    grouped = AutoML(time_budget=20, models=["linear"], group_column="who").fit(frame, "sign")
    assert "who" not in {feature["name"] for feature in grouped.features_}
    timed = AutoML(time_budget=20, models=["linear"], time_column="when").fit(frame, "sign")
    assert timed.predict(frame).shape == (120,)


@pytest.mark.parametrize("metric", ["f1", "mcc", "accuracy", "average_precision"])
def test_other_metrics_of_a_binary_task(metric: str) -> None:
    fitted = AutoML(time_budget=20, models=["linear"], metric=metric).fit(table(), "sign")
    assert fitted.reported_score_["mean"] > fitted.baseline_score_["mean"]


@pytest.mark.parametrize("metric", ["mae", "r2", "mape", "rmsle"])
def test_other_metrics_of_a_regression(metric: str) -> None:
    frame = table()
    frame["value"] = frame["value"] - frame["value"].min() + 1
    fitted = AutoML(time_budget=20, models=["linear"], metric=metric).fit(frame[["x", "colour", "value"]], "value")
    better = max if metric == "r2" else min
    reported, baseline = fitted.reported_score_["mean"], fitted.baseline_score_["mean"]
    assert better(reported, baseline) == reported


@pytest.mark.parametrize(
    ("settings", "target", "reason"),
    [
        ({"time_budget": 0}, "sign", "BAD_TIME_BUDGET"),
        ({}, "nothing", "TARGET_NOT_FOUND"),
        ({"models": ["magic"]}, "sign", "UNKNOWN_MODEL"),
        ({"metric": "rmse"}, "sign", "METRIC_DOES_NOT_FIT"),
        ({"group_column": "nothing"}, "sign", "GROUP_COLUMN_NOT_FOUND"),
        ({"task": "guess"}, "sign", "UNKNOWN_TASK"),
    ],
)
def test_requests_that_make_no_sense(settings: dict[str, object], target: str, reason: str) -> None:
    with pytest.raises(SpecError) as caught:
        AutoML(**settings).fit(table(), target)  # type: ignore[arg-type]
    assert caught.value.reason == reason


def test_too_few_rows() -> None:
    with pytest.raises(DataError) as caught:
        AutoML(time_budget=2).fit(table(5), "sign")
    assert caught.value.reason == "TOO_FEW_ROWS"


def test_predicting_before_fitting() -> None:
    with pytest.raises(SpecError, match="Call fit first"):
        AutoML().predict(table())


@pytest.mark.parametrize("name", automl.__all__)
def test_each_public_name_is_there(name: str) -> None:
    assert getattr(automl, name).__name__ == name
