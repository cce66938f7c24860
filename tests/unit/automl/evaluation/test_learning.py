from __future__ import annotations

import time

import pytest

from automl.evaluation.learning import gain_of_doubling, learning_curve


def test_from_all_rows_down_to_too_few() -> None:
    told = learning_curve(lambda rows: 1 - 1 / rows, 200, fit_s=0.0, deadline=time.monotonic() + 60)
    assert [each["rows"] for each in told] == [50, 100, 200]
    assert gain_of_doubling(told, True, 0.001) == (pytest.approx(0.005), True)
    assert gain_of_doubling(told, True, 0.1) == (pytest.approx(0.005), False)
    assert gain_of_doubling(told, False, 0.001) == (pytest.approx(-0.005), False)


def test_what_would_take_too_long_is_not_begun() -> None:
    assert learning_curve(lambda rows: 1.0, 200, fit_s=1e6, deadline=time.monotonic() + 60) == []
    assert gain_of_doubling([], True, None) is None
