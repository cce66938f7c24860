from __future__ import annotations

from typing import Any

import pytest

from benchmarks.engine.reported_scores import comparison_of, page_of


def row(task: str, reported: float, own: float, held_out: float, **changes: Any) -> dict[str, Any]:
    member = {"name": "a-1", "score": own, "weight": 1.0, "folds": 2, "truncated_folds": 1}
    told = {"metric": "m", "mean": reported, "standard_error": 0.003, "method": "folds"}
    found = {"task": task, "dataset": "t", "budget_s": 5, "seed": 0, "score": held_out, "score_se": 0.004}
    return {**found, "reported": told, "members": [member], **changes}


@pytest.mark.parametrize(
    ("task", "reported", "own", "held_out"), [("binary", 0.80, 0.81, 0.79), ("regression", 0.81, 0.80, 0.82)]
)
def test_worse_than_the_members_own_and_promising_too_much(
    task: str, reported: float, own: float, held_out: float
) -> None:
    found = comparison_of(row(task, reported, own, held_out))
    assert found is not None
    assert (found.behind, found.z) == (pytest.approx(10 / 3), pytest.approx(-2))
    assert found.is_worse
    assert found.truncated_folds == 1


def test_the_page_counts_and_shows_each_table_and_budget_once() -> None:
    rows = [row("binary", 0.8, 0.8, 0.8, seed=seed, budget_s=budget) for seed in (0, 1) for budget in (5, 8)]
    page = page_of([each for each in map(comparison_of, rows) if each], 5)
    assert "4 of 5 fits" in page
    assert "best member's own: 0." in page
    assert page.count("| t |") == 2


def test_a_fit_that_failed_is_not_compared() -> None:
    assert comparison_of({"task": "binary", "error": "no"}) is None
    assert page_of([], 3) == "None of 3 fits can be compared."
