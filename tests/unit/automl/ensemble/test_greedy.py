from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl.ensemble.greedy import SelectionSettings, greedy_weights, max_members_for, weighted_mean
from automl.metrics import get_metric

RMSE = get_metric("rmse")


def test_opposite_errors_are_blended_away() -> None:
    y = np.arange(50, dtype=float)
    weights = greedy_weights([y + 1, y - 1, y + 9], y, RMSE)
    np.testing.assert_allclose(weights, [0.5, 0.5, 0])
    np.testing.assert_allclose(weighted_mean([y + 1, y - 1, y + 9], weights), y)


def test_a_perfect_member_stands_alone() -> None:
    y = np.array([0, 1] * 30)
    good = np.column_stack([1 - y, y]).astype(float)
    weights = greedy_weights([good, np.full((60, 2), 0.5)], y, get_metric("log_loss"))
    np.testing.assert_allclose(weights, [1, 0])


def test_members_that_cost_too_much_stay_out() -> None:
    y = np.arange(50, dtype=float)
    members = [y + 0.1, y + 1, y - 1.5]
    weights = greedy_weights(members, y, RMSE, [20, 5, 6], SelectionSettings(max_row_ms=10))
    assert weights[0] == 0
    assert np.count_nonzero(weights) == 1
    alone = greedy_weights(members, y, RMSE, [20, 15, 16], SelectionSettings(max_row_ms=10))
    np.testing.assert_allclose(alone, [0, 1, 0])


def test_only_the_weightiest_stay_where_few_are_wanted() -> None:
    y = np.arange(50, dtype=float)
    members = [y + 1, y - 1, y * 1.5]
    np.testing.assert_allclose(greedy_weights(members, y, RMSE, settings=SelectionSettings(max_members=1)).max(), 1)


def test_a_deadline_already_over_gives_the_best_single_member() -> None:
    y = np.arange(50, dtype=float)
    np.testing.assert_allclose(greedy_weights([y + 1, y - 1], y, RMSE, settings=SelectionSettings(deadline=0)), [1, 0])


@given(st.integers(0, 100), st.integers(1, 6))
def test_never_worse_than_the_best_member_on_the_rows_it_is_chosen_on(seed: int, members: int) -> None:
    rng = np.random.default_rng(seed)
    y = rng.normal(size=40)
    predictions = sorted(
        (y + rng.normal(size=40) * rng.random() for _ in range(members)), key=lambda p: RMSE.score(y, p)
    )
    weights = greedy_weights(predictions, y, RMSE)
    assert weights.sum() == pytest.approx(1)
    # Dropping the smallest weights may cost a trifle.
    assert RMSE.score(y, weighted_mean(predictions, weights)) <= RMSE.score(y, predictions[0]) * 1.01


def test_few_rows_cannot_tell_many_members_apart() -> None:
    assert [max_members_for(n) for n in (50, 300, 2_000, 100_000)] == [4, 8, 15, 25]


def test_several_members_leave_room_for_further_folds_and_a_single_one_may_take_all() -> None:
    y = np.arange(50, dtype=float)
    settings = SelectionSettings(max_row_ms=10, together_share=0.6)
    np.testing.assert_allclose(greedy_weights([y + 0.1, y - 1], y, RMSE, [9, 1], settings), [1, 0])
    np.testing.assert_allclose(greedy_weights([y + 1, y - 1], y, RMSE, [4, 4], settings).max(), 1)
    np.testing.assert_allclose(greedy_weights([y + 1, y - 1], y, RMSE, [3, 3], settings), [0.5, 0.5])
