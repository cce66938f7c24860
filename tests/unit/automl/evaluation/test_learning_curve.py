from __future__ import annotations

import time

import pytest

from automl.evaluation.learning_curve import gain_of_doubling, learning_curve


def scored(rows: int) -> tuple[float, float | None]:
    return 1 - 1 / rows, 0.001


def test_from_all_rows_down_to_too_few() -> None:
    curve = learning_curve(scored(200), scored, 200, fit_s=0.0, deadline=time.monotonic() + 60)
    assert [each["rows"] for each in curve] == [50, 100, 200]
    assert [each["score"] for each in curve] == [0.98, 0.99, 0.995]
    assert gain_of_doubling(curve, True, 0.1) == (pytest.approx(0.005), True), "its own error counts"
    assert gain_of_doubling(curve, False, None) == (pytest.approx(-0.005), False)


def test_without_errors_of_its_own_the_given_one_counts() -> None:
    curve = [{"rows": 100, "score": 0.99}, {"rows": 200, "score": 0.995}]
    assert gain_of_doubling(curve, True, 0.001) == (pytest.approx(0.005), True)
    assert gain_of_doubling(curve, True, 0.1) == (pytest.approx(0.005), False)
    assert gain_of_doubling(curve[:1], True, None) is None


def test_what_would_take_too_long_is_not_begun_and_what_took_too_long_not_believed() -> None:
    curve = learning_curve(scored(200), scored, 200, fit_s=1e6, deadline=time.monotonic() + 60)
    assert [each["rows"] for each in curve] == [200]
    deadline = time.monotonic() + 0.01

    def slow(rows: int) -> tuple[float, None]:
        while time.monotonic() <= deadline:
            pass
        return 0.0, None

    curve = learning_curve(scored(200), slow, 200, fit_s=0.0, deadline=deadline)
    assert [each["rows"] for each in curve] == [200]


def test_a_fit_that_time_ended_early_is_no_point_and_the_last() -> None:
    asked: list[int] = []

    def cut_short(size: int) -> None:
        asked.append(size)

    curve = learning_curve((0.9, 0.01), cut_short, 400, fit_s=0.0, deadline=time.monotonic() + 60)
    assert [point["rows"] for point in curve] == [400]
    assert asked == [200]
