"""The rows of one search, as several workers see them: numbers without gaps, one owner each, three operations each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from core.domain.records import Json, TaskRef
from core.errors import Unavailable
from tests.simulation.memory import MemoryTables
from worker.tasks.training.trial_log import READ_AHEAD, TrialLog

REF = TaskRef("train", "user", "job")


class Counting(MemoryTables):
    """Counts operations; the next ones are refused on demand."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0
        self.refused: list[int] = []

    def get_many(self, keys: Sequence[str]) -> dict[str, bytes]:
        self._called()
        return super().get_many(keys)

    def put_if_absent(self, key: str, value: bytes) -> bool:
        self._called()
        return super().put_if_absent(key, value)

    def put_if_unchanged(self, key: str, value: bytes, expected: bytes) -> bool:
        self._called()
        return super().put_if_unchanged(key, value, expected)

    def _called(self) -> None:
        self.count += 1
        if self.count in self.refused:
            raise Unavailable("away")


def trial(number: int, **changes: Any) -> Json:
    return {
        "number": number, "model": "linear", "state": "running", "started_at": "", "score": None, "fit_s": None,
        "params": {"C": number}, **changes,
    }  # fmt: skip


def ended(number: int) -> Json:
    return trial(number, state="complete", score=0.5, fit_s=1.0)


@pytest.fixture
def tables() -> Counting:
    return Counting()


@pytest.fixture
def leader(tables: Counting) -> TrialLog:
    return TrialLog(tables, REF, 1)


@pytest.fixture
def helper(tables: Counting) -> TrialLog:
    return TrialLog(tables, REF, 1, "helper")


def states(trials: TrialLog) -> list[tuple[int, str]]:
    return [(row.number, row.state) for row in trials.read_new()]


def test_what_others_begin_and_end_is_read_once(leader: TrialLog, helper: TrialLog) -> None:
    assert leader.reserve(trial(0))
    assert states(helper) == [(0, "running")]
    assert states(helper) == []
    assert helper.reserve(trial(1))
    assert leader.finish(ended(0)) is not None
    assert states(helper) == [(0, "complete")]
    assert states(leader) == [(1, "running")]
    row = helper.finish(ended(1), "blob")
    assert row is not None
    assert (row.helper_id, row.blob, row.score) == ("helper", "blob", 0.5)
    assert states(leader) == [(1, "complete")]
    assert states(leader) == states(helper) == []


def test_a_number_is_given_once(leader: TrialLog, helper: TrialLog) -> None:
    assert leader.reserve(trial(0))
    assert not helper.reserve(trial(0, model="lightgbm"))
    assert states(helper) == [(0, "running")]
    assert helper.reserve(trial(1))


def test_a_trial_takes_three_operations(tables: Counting, leader: TrialLog) -> None:
    for number in range(5):
        before = tables.count
        leader.read_new()
        leader.reserve(trial(number))
        leader.finish(ended(number))
        assert tables.count == before + 3


def test_an_answer_that_was_lost_is_found_again(tables: Counting, leader: TrialLog) -> None:
    for _ in range(2):
        assert leader.reserve(trial(0))
    assert leader.own_reservation is not None
    reserved = leader.own_reservation
    assert leader.finish(ended(0)) is not None
    leader.own_reservation = reserved
    assert leader.finish(ended(0)) is not None


def test_many_rows_are_read_at_the_first_time_and_none_is_left_out_by_an_outage(
    tables: Counting, leader: TrialLog, helper: TrialLog
) -> None:
    count = 5 * READ_AHEAD
    for number in range(count):
        assert leader.reserve(trial(number))
        assert leader.finish(ended(number)) is not None
    tables.refused = [tables.count + 2]
    with pytest.raises(Unavailable):
        helper.read_new()
    assert [row.number for row in helper.read_new()] == list(range(count))


def test_what_lies_behind_a_gap_is_read_when_the_gap_is(tables: Counting, leader: TrialLog, helper: TrialLog) -> None:
    leader.next = 1
    assert leader.reserve(trial(1))
    assert states(helper) == []
    assert TrialLog(tables, REF, 1, "other").reserve(trial(0))
    assert states(helper) == [(0, "running"), (1, "running")]


def test_a_lost_trial_cannot_be_finished_any_more(leader: TrialLog, helper: TrialLog) -> None:
    assert helper.reserve(trial(0))
    assert states(leader) == [(0, "running")]
    lost = leader.mark_lost(0, leader.running[0])
    assert lost is not None
    assert (lost.state, lost.payload["reason"]) == ("failed", "Its worker was lost.")
    assert helper.finish(ended(0)) is None
    assert states(leader) == []


def test_a_trial_that_ended_after_all_is_not_lost(leader: TrialLog, helper: TrialLog) -> None:
    assert helper.reserve(trial(0))
    leader.read_new()
    assert helper.finish(ended(0)) is not None
    assert leader.mark_lost(0, leader.running[0]) is None
    assert states(leader) == [(0, "complete")]


def test_who_leaves_gives_up_what_he_has_begun(leader: TrialLog, helper: TrialLog) -> None:
    helper.abandon("stopped", "Its worker left.")
    assert states(leader) == []
    assert helper.reserve(trial(0))
    helper.abandon("stopped", "Its worker left.")
    assert states(leader) == [(0, "stopped")]
