"""What speaks against a promotion: alarms of its time, and failures that are more than before beyond chance."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from core.domain.monitoring import Alarm
from core.pipelines.followups.guard import (
    Failures,
    begun_since,
    end_of,
    kinds_of,
    object_to,
    object_to_failures,
)

NOON = "2026-11-30T12:00:00.000Z"


def alarm(kind: str, since: str, began: str) -> Alarm:
    return Alarm("a", "income", "ada", "e1", kind, f"2026-11-30T{since}:00.000Z", f"2026-11-30T{began}:00.000Z")


def test_alarms_that_began_since_count_and_those_of_what_was_before_do_not() -> None:
    new = alarm("realised", "14:00", "15:00")
    of_before = alarm("drift", "11:00", "13:00")
    old = alarm("errors", "10:00", "11:00")
    assert begun_since([new, of_before, old], NOON) == [new]


def test_performance_is_both_ways_of_telling_it() -> None:
    assert kinds_of(["performance", "errors"]) == {"estimated", "realised", "errors"}
    found = object_to([alarm("realised", "14:00", "15:00")], kinds_of(["performance"]))
    assert found is not None
    assert "realised" in found.why
    assert object_to([alarm("drift", "14:00", "15:00")], kinds_of(["performance"])) is None


def test_the_first_alarm_is_the_reason() -> None:
    first, second = alarm("drift", "13:00", "13:00"), alarm("errors", "14:00", "14:00")
    found = object_to([second, first], {"drift", "errors"})
    assert found is not None
    assert found.figures["alarm"] == "drift"


def test_failures_count_where_they_are_surely_more_than_may_be_and_than_before() -> None:
    fine = Failures(10, 10_000)
    assert object_to_failures(Failures(60, 60), fine, 0.01) is not None
    assert object_to_failures(Failures(4, 0), fine, 0.01) is None
    assert object_to_failures(Failures(5, 495), fine, 0.01) is None
    assert object_to_failures(Failures(60, 60), Failures(500, 500), 0.01) is None


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_the_share_that_is_sure_is_no_more_than_the_share(failed: int, answered: int) -> None:
    found = Failures(failed, answered)
    assert -1e-12 <= found.least_share <= found.share + 1e-12


def test_a_span_ends_so_long_after_its_begin() -> None:
    assert end_of("2d", NOON).isoformat() == "2026-12-02T12:00:00+00:00"
