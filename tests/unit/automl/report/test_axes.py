from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from automl.report.axes import Scale, powers, tick_labels, ticks

FINITE = st.floats(allow_nan=False, allow_infinity=False)


@given(FINITE, FINITE)
def test_ticks_lie_within_and_differ(a: float, b: float) -> None:
    low, high = sorted((a, b))
    found = ticks(low, high)
    assert len(found) <= 7
    assert len(tick_labels(found)) == len(found)
    if high - low > 1e-6 * max(abs(low), abs(high)) and 0 < high - low < float("inf"):
        margin = (high - low) * 1e-6
        assert all(low - margin <= value <= high + margin for value in found)
        assert len(set(found)) == len(found)


@given(FINITE, FINITE, FINITE)
def test_scales_stay_on_the_paper(low: float, high: float, value: float) -> None:
    assert -2.001 <= Scale(low, high, 0, 100)(value) <= 102.001


def test_logarithmic_ticks() -> None:
    assert powers(0.002, 30) == [0.01, 0.1, 1.0, 10.0]
    assert powers(0.2, 3) == [0.2, 3]
