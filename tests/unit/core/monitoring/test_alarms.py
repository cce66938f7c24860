"""When alarms begin and end, given windows."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from core.domain.monitoring import ALARM_KINDS, Monitor, Window
from core.monitoring.alarms import RAISED, RECOVERED, SECTIONS, Verdict, end_all, health_of, judge, revise

MONITOR = Monitor("income", "ada", "e1", "2026-11-30T00:00:00.000Z")


def windows(*signals: bool | None, kind: str = "drift") -> list[Window]:
    """Windows that say so, given the oldest first, and returned the newest first."""
    made = []
    for number, signal in enumerate(signals):
        end = f"2026-11-{number + 1:02d}T00:00:00.000Z"
        findings = [{"kind": kind, "detail": f"day {number + 1}", "figures": {"n": number}}] if signal else []
        made.append(Window("income", "ada", "e1", end, end, end, signals={kind: signal}, findings=findings))
    return made[::-1]


def test_as_many_windows_in_a_row_as_are_needed_raise_an_alarm_since_the_first_of_them() -> None:
    verdict = judge("drift", windows(False, True, True, True), 2)
    assert verdict is not None
    assert (verdict.is_open, verdict.since, verdict.detail) == (True, "2026-11-03T00:00:00.000Z", "day 4")
    assert verdict.figures == {"n": 3}


def test_fewer_do_not() -> None:
    verdict = judge("drift", windows(True, False, True), 2)
    assert verdict is not None
    assert not verdict.is_open


def test_the_first_window_that_does_not_say_so_ends_it() -> None:
    verdict = judge("drift", windows(True, True, True, False), 2)
    assert verdict is not None
    assert (verdict.is_open, verdict.since) == (False, "2026-11-04T00:00:00.000Z")


def test_windows_that_cannot_tell_count_for_neither() -> None:
    verdict = judge("drift", windows(True, None, None, True, None), 2)
    assert verdict is not None
    assert verdict.is_open
    assert judge("drift", windows(None, None), 1) is None
    assert judge("drift", [], 1) is None


def test_no_more_windows_are_read_than_it_takes() -> None:
    read = []

    def reading() -> Any:
        for window in windows(False, True, True, True):
            read.append(window.end)
            yield window

    judge("drift", reading(), 2)
    assert len(read) == 2


def test_an_alarm_is_one_until_it_ends_and_each_end_and_beginning_is_an_event() -> None:
    there, gone = Verdict(True, "a", 2, "words"), Verdict(False, "b")
    monitor = revise(MONITOR, {"drift": there}, "t1")
    assert revise(monitor, {"drift": there}, "t2") == monitor
    assert revise(monitor, {"drift": None}, "t2") == monitor
    alarm = monitor.alarms["drift"]
    assert (alarm["since"], alarm["began_at"], alarm["windows"], alarm["detail"]) == ("a", "t1", 2, "words")
    ended = revise(monitor, {"drift": gone}, "t3")
    assert ended.alarms == {}
    assert [event["type"] for event in ended.unsent] == [RAISED, RECOVERED]
    assert (ended.unsent[1]["alarm"]["id"], ended.unsent[1]["alarm"]["until"]) == (alarm["id"], "b")
    again = revise(ended, {"drift": there}, "t4")
    assert again.alarms["drift"]["id"] != alarm["id"]


@given(st.lists(st.tuples(st.sampled_from(ALARM_KINDS), st.sampled_from([True, False, None])), max_size=40))
def test_events_of_a_kind_take_turns_and_say_what_is_open(seen: list[tuple[str, bool | None]]) -> None:
    monitor = MONITOR
    for number, (kind, found) in enumerate(seen):
        verdict = None if found is None else Verdict(found, str(number))
        monitor = revise(monitor, {kind: verdict}, str(number))
    for kind in ALARM_KINDS:
        types = [event["type"] for event in monitor.unsent if event["alarm"]["kind"] == kind]
        assert types == [RAISED, RECOVERED] * (len(types) // 2) + [RAISED] * (len(types) % 2)
        assert (kind in monitor.alarms) == (len(types) % 2 == 1)
    assert end_all(monitor, "end").alarms == {}


@given(st.lists(st.sampled_from([True, False, None]), max_size=12), st.integers(1, 4))
def test_the_verdict_is_that_of_a_reader_who_counts_from_the_begin(signals: list[bool | None], needed: int) -> None:
    run, is_open, known = 0, False, False
    for signal in signals:
        known |= signal is not None
        run = run + 1 if signal else run if signal is None else 0
        is_open = run >= needed
    verdict = judge("drift", windows(*signals), needed)
    assert (verdict is not None) == known
    assert verdict is None or verdict.is_open == is_open


def test_health_says_the_worst() -> None:
    drifting = revise(MONITOR, {"drift": Verdict(True, "a")}, "t")
    failing = revise(drifting, {"errors": Verdict(True, "a")}, "t")
    assert health_of(None, is_served=True) == "ok"
    assert health_of(MONITOR, is_served=True) == "ok"
    assert health_of(drifting, is_served=True) == "drifting"
    assert health_of(failing, is_served=True) == "failing"
    assert health_of(failing, is_served=False) == "quiet"


def test_each_kind_that_windows_raise_has_its_settings() -> None:
    assert set(SECTIONS) == set(ALARM_KINDS) - {"silence", "errors"}
