from __future__ import annotations

import pytest

from automl.errors import SpecError
from automl.time_budget import TimeBudget


@pytest.mark.parametrize("seconds", [0, -1, float("inf"), float("nan")])
def test_impossible_budgets_are_refused(seconds: float) -> None:
    with pytest.raises(SpecError) as caught:
        TimeBudget(seconds)
    assert caught.value.reason == "BAD_TIME_BUDGET"


@pytest.mark.parametrize("seconds", [0.1, 2, 60, 3600])
def test_the_search_leaves_time_for_the_rest_and_has_half_at_least(seconds: float) -> None:
    budget = TimeBudget(seconds)
    for refit_s in (0, 1, 1e6):
        searching = budget.search_deadline(refit_s) - budget.started
        assert seconds * 0.4999 <= searching < seconds


def test_refits_shorten_the_search() -> None:
    budget = TimeBudget(60)
    assert budget.search_deadline(5) == pytest.approx(budget.search_deadline() - 5)
