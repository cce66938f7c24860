from __future__ import annotations

import pytest

from automl.fit.time_plan import TimePlan


def test_each_step_ends_after_those_before_it_and_within_the_stretch() -> None:
    plan = TimePlan(100.0, 8.0)
    assert (plan.select, plan.score) == (102.0, 103.5)
    assert (plan.importance, plan.review) == pytest.approx((102.4, 104.08))
    assert (plan.dependence, plan.learning) == pytest.approx((104.0, 106.8))


def test_explanations_are_bounded_however_much_time_there_is() -> None:
    plan = TimePlan(0.0, 3600.0)
    assert (plan.importance, plan.review) == (5.0, 10.0)


def test_the_last_resort_has_time_even_where_none_is_left() -> None:
    plan = TimePlan.begin(0.0)
    assert plan.select == plan.learning == plan.started
    assert plan.last_resort > plan.started
