"""What a fit comes to by the time there is: known of each family, and made again on other rows whatever the clock."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from automl.models import get_family
from automl.models.base import Effort, FitData, FittedModel, TaskSpec, deciding_effort
from automl.models.constant import FittedConstant
from tests.unit.automl.models.test_families import encoded, problem_and_target
from tests.unit.automl.stuttering_clock import StutteringClock

ADAPTIVE = ("lightgbm", "xgboost", "catboost", "random_forest", "extra_trees", "linear", "kernel")
BOOSTERS = ("lightgbm", "xgboost", "catboost")
LONG_S, SHORT_S = 1e6, 0.3


def fit(name: str, seconds: float, repeat: Effort | None = None, **changes: Any) -> FittedModel:
    """A fit that may take so many seconds of a clock that only ticks."""
    table = encoded(400)
    problem, y = problem_and_target("binary", table)
    return get_family(name).fit(parameters(name, problem) | changes, problem, rows(table, y, seconds, repeat))


def parameters(name: str, problem: TaskSpec) -> Mapping[str, Any]:
    params = get_family(name).defaults(problem)[0]
    return {**params, "crosses": False} if "crosses" in params else params


def rows(table: Any, y: Any, seconds: float, repeat: Effort | None) -> FitData:
    half, rest = np.arange(200), np.arange(200, 400)
    end = time.monotonic() + seconds
    return FitData(table.take(half), y[half], end, table.take(rest), y[rest], repeat=repeat)


@pytest.mark.parametrize("name", ADAPTIVE)
def test_a_fit_knows_whether_the_clock_has_ended_it(name: str) -> None:
    with StutteringClock().running():
        assert not fit(name, LONG_S).is_truncated
        assert fit(name, 0.0).is_truncated


@pytest.mark.parametrize("name", BOOSTERS)
def test_a_fit_in_less_time_takes_larger_steps_and_one_that_repeats_it_the_same(name: str) -> None:
    with StutteringClock().running():
        short = fit(name, 0.6)
        assert short.effort.learning_rate is not None
        again = fit(name, LONG_S, short.effort)
        assert again.effort.learning_rate == short.effort.learning_rate
        assert short.effort.learning_rate > (fit(name, LONG_S).effort.learning_rate or 0)


@pytest.mark.parametrize("name", ADAPTIVE)
def test_an_effort_made_again_comes_to_the_same_model_on_any_clock(name: str) -> None:
    table = encoded(400)
    with StutteringClock([1, 7, 2]).running() as clock:
        first = fit(name, 1.0)
        clock.slow_down([30])
        again = fit(name, LONG_S, first.effort)
        assert again.is_truncated is False
        clock.slow_down([1, 1, 90])
        third = fit(name, LONG_S, first.effort)
    np.testing.assert_array_equal(third.predict(table), again.predict(table))


@pytest.mark.parametrize("name", ADAPTIVE)
def test_an_effort_that_the_clock_does_not_leave_time_for_is_cut_short(name: str) -> None:
    with StutteringClock().running():
        whole = fit(name, LONG_S)
        assert fit(name, 0.0, whole.effort).is_truncated


def test_a_booster_that_is_to_go_as_far_as_one_that_was_ended_needs_no_more() -> None:
    with StutteringClock().running():
        ended = fit("lightgbm", SHORT_S, learning_rate=0.005)
        assert ended.is_truncated
        again = fit("lightgbm", LONG_S, ended.effort, learning_rate=0.005)
    assert not again.is_truncated
    assert again.effort.rounds is None
    # The first few rounds of the one were smaller than those of the other.
    assert again.rounds == pytest.approx(ended.rounds, rel=0.15)


def test_the_fit_that_was_not_cut_short_decides_how_far_others_go() -> None:
    def model(rounds: float | None, is_truncated: bool) -> FittedModel:
        return FittedConstant(np.zeros(2)).with_effort(Effort(rounds=rounds), is_truncated=is_truncated)

    assert deciding_effort([model(None, False), model(9, True)]).rounds is None
    assert deciding_effort([model(4, True), model(9, True), model(5, True)]).rounds == 9


def test_fits_are_alike_that_differ_by_little() -> None:
    whole = Effort(rows=100, rounds=50)
    assert not replace(whole, rounds=45).is_far_below(whole)
    assert replace(whole, rounds=30).is_far_below(whole)
    assert replace(whole, rows=20).is_far_below(whole)
    assert Effort(rounds=500).is_far_below(Effort())
    assert not Effort().is_far_below(whole)
