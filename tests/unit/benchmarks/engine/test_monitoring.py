"""What the monitor's benchmark draws and sums up."""

from __future__ import annotations

import math

import pandas as pd

from benchmarks.engine.monitoring.measure import Plant, Shift, Undrifted, kept
from benchmarks.engine.monitoring.page import page_of
from benchmarks.engine.monitoring.served_models import unseen_rows


def shift(table: str, estimated: float, realised: float, inside: bool = True) -> Shift:
    return Shift(table, "x low", 100, "auc", True, 0.9, estimated, realised, inside, "good")


CALM = [Undrifted("a", [], False, [], False, False), Undrifted("a", ["x"], False, [], None, None)]
PLANTS = [Plant("a", "x", "up", (False, True)), Plant("b", "y", "up", (False, False))]
SHIFTS = [shift("a", 0.1 * i, 0.2 * i, i > 0) for i in range(4)]


def test_the_page_says_how_often_each_thing_was_so():
    page = page_of(CALM, PLANTS, SHIFTS)
    assert "| windows without drift: the inputs alarm | 0 of 2 (0.0%) | at most 1 % |" in page
    assert "| the same: any column has drifted | 1 of 2 (50.0%) |" in page
    assert "| planted drift found in the first or second window | 1 of 2 (50.0%) | at least 95 % |" in page
    assert "3 of 4 (75.0%) | at least 85 %" in page
    assert "| 1.00 | at least 0.7 |" in page


def test_of_too_few_windows_no_correlation_is_told():
    assert "| nan | at least 0.7 |" in page_of(CALM, PLANTS, SHIFTS[:2])


def test_what_was_measured_is_not_measured_again(tmp_path):
    path = tmp_path / "folder" / "shifts.jsonl"
    assert kept(path, Shift, lambda: SHIFTS) == SHIFTS
    assert kept(path, Shift, lambda: [][math.inf]) == SHIFTS  # type: ignore[index]


def test_rows_that_repeat_a_training_row_are_not_unseen():
    train = pd.DataFrame({"x": [1.0, 2.0, None], "c": ["a", "b", "c"], "y": [0, 1, 0]})
    test = pd.DataFrame({"x": [2.0, 2.0, None, 4.0], "c": ["b", "a", "c", "a"], "y": [0, 1, 0, 1]})
    assert unseen_rows(test, train, "y")["x"].tolist() == [2.0, 4.0]
    assert unseen_rows(test, train, "y")["c"].tolist() == ["a", "a"]
