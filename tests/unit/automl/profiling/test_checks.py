"""Checks: alarms where there is reason, and silence elsewhere."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from automl.errors import DataError
from automl.preprocessing.target.encode import encode_target
from automl.profiling.checks import check_target

N = 400
RNG = np.random.default_rng(0)


def table(**columns: object) -> pd.DataFrame:
    signal = RNG.normal(size=N)
    y = np.where(signal + RNG.normal(size=N) > 0, "yes", "no")
    return pd.DataFrame({"signal": signal, "noise": RNG.normal(size=N), "y": y, **columns})


def findings(frame: pd.DataFrame) -> dict[tuple[str, str | None], str]:
    found = check_target(frame, "y")
    json.dumps(found, allow_nan=False)
    assert all(each["detail"] and each["fix"] for each in found["findings"])
    return {(each["reason"], each.get("column")): each["severity"] for each in found["findings"]}


def test_a_sound_table_raises_no_alarm() -> None:
    found = check_target(table(), "y")
    assert found["findings"] == []
    assert (found["task"], found["metric"]) == ("binary", "auc")


@pytest.mark.parametrize(
    ("y", "reason"),
    [
        ([None] * N, "TARGET_ALL_MISSING"),
        (["a"] * N, "TARGET_CONSTANT"),
        ([f"name {i}" for i in range(N)], "TOO_MANY_CLASSES"),
        ([None] * (N - 4) + list("abab"), "TOO_FEW_ROWS"),
    ],
)
def test_useless_targets_are_errors(y: list[str | None], reason: str) -> None:
    assert findings(table(y=y))[reason, "y"] == "error"


def test_a_target_that_is_not_there() -> None:
    with pytest.raises(DataError, match="no column"):
        check_target(table(), "z")


def test_rare_classes() -> None:
    assert ("RARE_CLASSES", None) in findings(table(y=["a", "b"] * (N // 2 - 1) + ["c", "c"]))


@pytest.mark.parametrize(
    ("y", "n_missing"),
    [
        (["1.5", "2.5", "NaN", "inf", "#N/A", "-", "", "3.7"] * 50, 250),
        (["yes", "no", "NA", None] * 100, 200),
        (["red", "blue", "?", "null"] * 100, 200),
        (["red", "blue", "None", "red"] * 100, 0),
    ],
)
def test_the_check_counts_the_rows_that_training_leaves_out(y: list[str | None], n_missing: int) -> None:
    found = check_target(table(y=y), "y")["findings"]
    told = [each["detail"] for each in found if each["reason"] == "TARGET_MISSING"]
    assert bool(told) == bool(n_missing)
    assert all(f"in {n_missing} of 400 rows" in detail for detail in told)
    assert n_missing == (~encode_target(pd.Series(y, name="y")).mask).sum()


def test_merged_and_doubtful_labels_are_told() -> None:
    found = {each["reason"]: each for each in check_target(table(y=["yes", "Yes ", "no", "NO"] * 100), "y")["findings"]}
    assert "'Yes '" in found["LABELS_MERGED"]["detail"]
    assert findings(table(y=["mild", "severe", "None", "mild"] * 100))["LABEL_MAY_BE_MISSING", "y"] == "warning"
    numbers = [str(i) if i % 10 else "n.d." for i in range(1, 41)] * 10
    assert findings(table(y=numbers))["TARGET_MOSTLY_NUMBERS", "y"] == "warning"


def test_the_check_names_the_classes_and_the_positive_one() -> None:
    found = check_target(table(y=["active"] * 300 + ["inactive"] * 100), "y")
    assert found["classes"] == [{"label": "inactive", "rows": 100}, {"label": "active", "rows": 300}]
    assert (found["positive_class"], found["positive_class_rule"]) == ("active", "affirmative word")
    assert "positive_class" not in check_target(table(y=["a", "b", "c", "c"] * 100), "y")


def test_leaks() -> None:
    frame = table()
    coded = frame["y"].map({"yes": "paid", "no": "open"})
    amount = np.where(frame["y"] == "yes", RNG.uniform(1, 9, N), np.nan)
    assert findings(frame.assign(status=coded))["TARGET_IN_ANOTHER_FORM", "status"] == "warning"
    assert findings(frame.assign(paid=amount))["LEAKAGE", "paid"] == "warning"


def test_leaks_of_amounts() -> None:
    y = RNG.lognormal(size=N)
    frame = table(y=y, cents=y * 100 + 3, near=y + RNG.normal(size=N) * 0.001)
    found = findings(frame)
    assert ("TARGET_IN_ANOTHER_FORM", "cents") in found
    assert {"signal", "noise"}.isdisjoint(column for _, column in found)


def test_ids() -> None:
    assert findings(table(id=range(N)))["ID_COLUMN", "id"] == "info"
    ordered = table().sort_values("y", ignore_index=True).assign(id=range(N))
    found = findings(ordered)
    assert ("ROW_NUMBER", "id") in found
    assert ("SORTED_BY_TARGET", None) in found


def test_constants_repeats_and_drift() -> None:
    assert findings(table(same=1))["CONSTANT_COLUMN", "same"] == "info"
    assert ("NEAR_CONSTANT", "same") in findings(table(same=["b"] + ["a"] * (N - 1)))
    assert findings(pd.concat([table()] * 2, ignore_index=True))["DUPLICATE_ROWS", None] == "warning"
    drifting = table(y=np.arange(N) / N + RNG.normal(size=N) * 0.2)
    assert findings(drifting)["DRIFT_BY_ROW_ORDER", None] == "warning"


def test_nothing_to_predict_from() -> None:
    assert findings(table()[["y"]])["NO_USABLE_COLUMN", None] == "error"


def test_rows_in_order_of_time_or_in_blocks() -> None:
    days = np.datetime_as_string(np.datetime64("2020-01-01") + np.arange(N))
    found = findings(table(when=days))
    assert found["IN_ORDER_OF_TIME", "when"] == "info"
    found = findings(table(y=np.arange(N) / N + RNG.normal(size=N) * 0.2, when=days))
    assert found["IN_ORDER_OF_TIME", "when"] == "warning"
    assert findings(table(shop=np.repeat(["a", "b", "c", "d"], N // 4)))["FEATURES_DRIFT", None] == "info"
    assert findings(table(temperature=np.arange(N) / 40 + RNG.normal(size=N)))["FEATURES_DRIFT", None] == "info"


def test_rows_that_differ_in_the_target_alone() -> None:
    frame = table(signal=RNG.integers(0, 3, N), noise=RNG.integers(0, 3, N))
    assert findings(frame)["CONFLICTING_ROWS", None] == "info"


def test_groups_are_suspected_by_their_name() -> None:
    who = RNG.integers(0, 100, N)
    assert findings(table(patient_id=who))["GROUP_SUSPECTED", "patient_id"] == "info"
    assert findings(table(age=who)) == {}


def test_a_target_that_cannot_be_learned_is_told() -> None:
    assert findings(table(y=["a"] * (N - 1) + ["b"]))["CLASSES_TOO_RARE", "y"] == "error"
    assert findings(table(y=RNG.normal(size=N) * 1e300))["TARGET_OUT_OF_RANGE", "y"] == "error"
