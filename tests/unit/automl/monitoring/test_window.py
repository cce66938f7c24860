"""Windows of requests: what is said of a model that is known by heart."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from automl.monitoring import request_columns as columns
from automl.monitoring.answers import decision_threshold, read_answers
from automl.monitoring.window import WatchedVersion, describe_window
from tests.unit.automl.monitoring.windows import LABELS, inputs, requests, truth, watched

TASKS = ("binary", "multiclass", "regression")


def scores(told):
    return [told["performance"], *told["performance"]["others"]]


@pytest.mark.parametrize("task", TASKS)
def test_a_window_like_the_reference_is_calm_and_its_estimates_are_good(task):
    rows = inputs(800, 11)
    told = describe_window(watched(task), requests(task, rows, truth(task, rows, 12)))
    json.dumps(told, allow_nan=False)
    assert not told["inputs"]["drifted"]
    assert not told["predictions"]["drifted"]
    assert told["classifier"]["auc"] < 0.6
    for each in scores(told):
        assert each["estimated"]["trust"] == "good"
        assert each["estimated"]["drop"]["low"] < 0 < each["estimated"]["drop"]["high"], each["metric"]
    found = told["performance"]
    assert found["estimated"]["low"] <= found["realised"]["value"] <= found["estimated"]["high"]


@pytest.mark.parametrize("task", TASKS)
def test_a_shifted_window_is_told_and_estimated_where_labels_find_it(task):
    rows = inputs(1_000, 5, shift=1.5)
    rows["z"] *= 2
    told = describe_window(watched(task), requests(task, rows, truth(task, rows, 6)))
    assert told["inputs"]["drifted"]
    assert told["predictions"]["drifted"]
    assert told["performance"]["estimated"]["trust"] == "low"
    before, now = told["performance"]["estimated"]["drop"], told["performance"]["realised"]["drop"]
    assert np.sign(before["value"]) == np.sign(now["value"])
    assert told["performance"]["estimated"]["value"] == pytest.approx(told["performance"]["realised"]["value"], rel=0.1)


def test_without_labels_nothing_is_realised_and_estimates_are_there():
    told = describe_window(watched("binary"), requests("binary", inputs(400, 5)))
    assert told["labelled"] == 0
    assert told["performance"]["realised"] is None
    assert told["performance"]["estimated"]["method"] == "CBPE"
    assert "only labels do" in told["performance"]["estimated"]["why"]


def test_a_target_that_changes_for_the_same_inputs_is_seen_by_labels_alone():
    rows = inputs(800, 5)
    changed = truth("binary", rows.assign(x=-rows["x"]), 6)
    told = describe_window(watched("binary"), requests("binary", rows, changed))
    assert told["performance"]["estimated"]["drop"]["high"] < 0.06
    assert told["performance"]["realised"]["drop"]["low"] > 0.2


def test_versions_are_judged_each_by_its_own_answers_and_inputs_by_all():
    rows = inputs(600, 5)
    good = requests("binary", rows, truth("binary", rows, 6), version=1)
    bad = requests("binary", rows, truth("binary", rows.assign(x=-rows["x"]), 6), version=2)
    told = describe_window(
        watched("binary", number=1), pa.concat_tables([good, bad]), others=[watched("binary", number=2)]
    )
    assert told["rows"] == 1_200
    assert told["versions"] == {"1": 600, "2": 600}
    assert told["performance"]["rows"] == 600
    assert told["performance"]["realised"]["value"] > told["by_version"]["2"]["performance"]["realised"]["value"] + 0.2


def test_the_rule_by_which_a_version_chooses_is_read_off_its_answers():
    rows = inputs(2_000, 5)
    asked = requests("binary", rows, threshold=0.3)
    assert decision_threshold(read_answers(asked, LABELS["binary"])) == pytest.approx(0.3, abs=0.01)
    told = describe_window(watched("binary"), asked)
    # The reference is scored by the same rule: no drift of labels where there is none.
    assert not told["predictions"]["drifted"]


def test_answers_without_probabilities_are_not_estimated_and_said_to_be():
    asked = requests("binary", inputs(300, 5), truth("binary", inputs(300, 5), 6))
    place = asked.column_names.index(columns.PROBABILITIES)
    asked = asked.set_column(place, columns.PROBABILITIES, pa.nulls(300, pa.list_(pa.float64())))
    told = describe_window(watched("binary"), asked)
    assert told["predictions"] is None
    assert told["performance"]["estimated"] is None
    assert "no probabilities" in told["performance"]["why_not_estimated"]


def test_a_window_without_inputs_still_has_its_estimates():
    told = describe_window(
        watched("binary"), requests("binary", inputs(300, 5)).drop_columns(["x.x", "x.z", "x.colour"])
    )
    assert [each["missing"]["rate"] for each in told["columns"]] == [1.0, 1.0, 1.0]
    assert told["performance"]["estimated"] is not None


def test_an_empty_window_says_nothing_and_does_not_fail():
    told = describe_window(watched("multiclass"), requests("multiclass", inputs(0, 0)))
    assert told["rows"] == 0
    assert told["performance"] is None
    assert not told["inputs"]["drifted"]


@pytest.mark.parametrize("task", TASKS)
def test_few_rows_and_odd_cells_are_borne(task):
    rows = inputs(12, 5)
    asked = requests(task, rows, truth(task, rows, 6))
    odd = asked.set_column(asked.column_names.index("x.x"), "x.x", pa.array(["?", "1,5", None, "NaN"] * 3))
    json.dumps(describe_window(watched(task), odd), allow_nan=False)


def test_probabilities_that_are_none_are_left_out():
    asked = requests("binary", inputs(4, 5))
    place = asked.column_names.index(columns.PROBABILITIES)
    odd = pa.array([[0.5, 0.5], [0.9, 0.9], [1.0], None], pa.list_(pa.float64()))
    answers = read_answers(asked.set_column(place, columns.PROBABILITIES, odd), LABELS["binary"])
    assert answers.has_output.tolist() == [True, False, False, False]


def test_out_of_time_the_rest_is_left_out():
    told = describe_window(watched("binary"), requests("binary", inputs(300, 5)), deadline=0.0)
    assert told["columns"] == []
    assert told["classifier"] is None
    assert told["performance"] is None


def test_dates_are_left_out_of_the_classifier_and_named():
    version = watched("binary")
    moments = pd.date_range("2024-01-01", periods=2_000, freq="h").astype(str).tolist()
    version.reference.rows["when"] = moments
    version.summary["features"].append({"name": "when", "type": "date"})
    asked = requests("binary", inputs(500, 5)).append_column("x.when", pa.array(["2025-06-01"] * 500))
    told = describe_window(version, asked)
    assert told["classifier"]["without"] == ["when"]
    assert told["classifier"]["auc"] < 0.6
    assert [each["name"] for each in told["columns"] if each["drifted"]] == ["when"]


def unlabelled(task: str, n_labels: int = 0) -> WatchedVersion:
    """A version whose reference is its own first requests, of which few or none are labelled."""
    known = watched(task).reference
    y = np.where(np.arange(len(known)) < n_labels, known.y, np.nan if task == "regression" else None)
    return WatchedVersion(replace(known, y=y), watched(task).summary)


@pytest.mark.parametrize("task", TASKS)
def test_a_reference_without_labels_tells_drift_and_estimates_nothing(task):
    same = describe_window(unlabelled(task), requests(task, inputs(500, 4)))
    other = describe_window(unlabelled(task), requests(task, inputs(500, 4, shift=1.5)))
    assert (same["inputs"]["drifted"], other["inputs"]["drifted"]) == (False, True)
    assert (same["predictions"]["drifted"], other["predictions"]["drifted"]) == (False, True)
    assert same["performance"]["estimated"] is None
    assert "reference has no" in same["performance"]["why_not_estimated"]


def test_a_reference_with_some_labels_is_enough_to_estimate_from():
    rows = inputs(800, 5, shift=1.0)
    told = describe_window(unlabelled("binary", 600), requests("binary", rows, truth("binary", rows, 6)))
    performance = told["performance"]
    assert performance["estimated"]["value"] == pytest.approx(performance["realised"]["value"], abs=0.06)
