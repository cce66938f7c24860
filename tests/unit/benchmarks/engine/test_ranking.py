from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.engine.ranking import is_late, loss_of, losses, ranks, standings, wins


def row(engine: str, table: str, score: float, task: str = "regression", **more: Any) -> dict[str, Any]:
    return {"engine": engine, "dataset": table, "task": task, "score": score, "budget_s": 60.0, "fit_s": 60.0, **more}


def failed(engine: str, table: str) -> dict[str, Any]:
    return {"engine": engine, "dataset": table, "task": "regression", "budget_s": 60.0, "error": "MemoryError"}


def test_greater_is_better_for_auc_alone() -> None:
    assert loss_of(row("a", "t", 0.9, "binary")) < loss_of(row("b", "t", 0.8, "binary"))
    assert loss_of(row("a", "t", 0.9, "multiclass")) > loss_of(row("b", "t", 0.8, "multiclass"))
    assert loss_of(row("a", "t", 0.9)) > loss_of(row("b", "t", 0.8))


@pytest.mark.parametrize(("engine", "fit_s", "late"), [("a", 68.0, False), ("a", 68.1, True), ("h2o", 76.0, False)])
def test_late_is_more_than_a_tenth_and_two_seconds(engine: str, fit_s: float, late: bool) -> None:
    assert is_late(row(engine, "t", 1.0, fit_s=fit_s)) == late


def test_a_late_or_failed_fit_ranks_last() -> None:
    rows = [row("a", "t", 1.0, fit_s=99.0), row("b", "t", 2.0), failed("c", "t")]
    assert ranks(losses(rows)["t"]) == {"b": 1.0, "a": 2.5, "c": 2.5}
    assert ranks(losses(rows, lenient=True)["t"]) == {"a": 1.0, "b": 2.0, "c": 3.0}


@given(st.dictionaries(st.text(max_size=3), st.integers(0, 4).map(float), min_size=1))
def test_ranks_always_add_up(each: dict[str, float]) -> None:
    assert sum(ranks(each).values()) == len(each) * (len(each) + 1) / 2


def test_seeds_are_averaged_and_tables_that_not_all_tried_are_left_out() -> None:
    rows = [row("a", "t", 1.0, seed=0), row("a", "t", 3.0, seed=1), row("b", "t", 2.5), row("b", "u", 1.0)]
    assert losses(rows) == {"t": {"a": 2.0, "b": 2.5}}


def test_standings_are_by_mean_rank_and_tell_the_bad_too() -> None:
    rows = [
        row("a", "t", 1.0, predict_one_ms=4.0),
        row("b", "t", 2.0),
        row("a", "u", 1.0, fit_s=99.0),
        failed("b", "u"),
    ]
    first, second = standings(rows)
    assert (first.engine, first.mean_rank, first.firsts, first.late, first.failed) == ("a", 1.25, 1, 1, 0)
    assert (first.one_row_ms, first.longest_fit_s) == (4.0, 99.0)
    assert (second.engine, second.failed, second.one_row_ms) == ("b", 1, None)


def test_wins_say_which_were_by_default() -> None:
    rows = [
        *(row("a", "t", 1.0), row("b", "t", 2.0)),
        *(row("a", "u", 2.0), row("b", "u", 1.0, fit_s=99.0)),
        *(row("a", "v", 1.0), failed("b", "v")),
        *(row("a", "w", 2.0), row("b", "w", 1.0), row("c", "w", 0.0)),
    ]
    assert wins(rows, "a", "b") == (3, 2, 4)
