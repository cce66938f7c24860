from __future__ import annotations

from typing import Any

import pytest

from benchmarks.engine.score_calibration import calibration_of, calibrations, page_of


def row(task: str, reported: float, score: float, se: float = 0.03, **more: Any) -> dict[str, Any]:
    said = {"metric": "any", "mean": reported, "standard_error": se, "method": "5-fold"}
    return {"dataset": "t", "budget_s": 60, "task": task, "score": score, "score_se": 0.04, "reported": said, **more}


@pytest.mark.parametrize(
    ("task", "reported", "score"), [("binary", 0.9, 0.8), ("multiclass", 0.4, 0.5), ("regression", 1.0, 1.1)]
)
def test_boasting_is_positive_whatever_the_score(task: str, reported: float, score: float) -> None:
    found = calibration_of(row(task, reported, score))
    assert found is not None
    assert found.z == pytest.approx(2.0)
    assert not found.covers


def test_a_perfect_score_without_spread_is_honest() -> None:
    found = calibration_of(row("binary", 1.0, 1.0, se=0.0, score_se=0.0))
    assert found is not None
    assert found.z == 0
    assert found.covers


def test_rows_that_say_nothing_of_themselves_are_left_out() -> None:
    peer = {"dataset": "t", "budget_s": 60, "task": "binary", "score": 0.5}
    assert calibrations([peer, {**peer, "error": "late"}]) == []
    assert "yet" in page_of([])


def test_the_page_counts_what_is_covered() -> None:
    text = page_of(calibrations([row("binary", 0.9, 0.8), row("binary", 0.8, 0.8)]))
    assert "Mean z +1.00 over 2 fits" in text
    assert "covers 1 of 2" in text
