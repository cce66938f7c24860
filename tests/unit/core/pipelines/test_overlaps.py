"""Runs beside one another: skipped, queued, at most one in a time; those that wait cost nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from core.domain.ids import rfc3339
from core.domain.pipelines import Trigger
from core.pipelines.endings import MAX_WAIT, due_of
from core.pipelines.run_rows import RunRows
from core.storage import due_rows
from tests.unit.core.pipelines.conftest import Stand

ALARM: list[dict[str, Any]] = [{"alarm": ["performance"], "at_most": "1d"}]


def alarm(number: int) -> Trigger:
    return Trigger(f"a{number}", "alarm", "2026-11-30T12:00:00.000Z", {"words": "an alarm"})


def test_a_run_is_skipped_while_another_is_on_and_says_which(stand: Stand) -> None:
    pipeline = stand.pipeline()
    stand.start(pipeline)
    second = stand.start(pipeline)
    assert (second.number, second.state) == (2, "skipped")
    assert "Run 1" in second.why


def test_a_run_that_may_queue_begins_when_the_one_before_is_over(stand: Stand) -> None:
    pipeline = stand.pipeline(overlap="queue", unless_unchanged=False, promote="auto")
    first, second, third = (stand.start(pipeline) for _ in range(3))
    assert [stand.run(run).state for run in (first, second, third)] == ["training", "waiting", "waiting"]
    assert "run 1" in stand.run(second).why
    stand.finish_training()
    assert [stand.run(run).state for run in (first, second, third)] == ["promoted", "training", "waiting"]
    stand.service.runs.cancel(stand.user_id, pipeline.id, 2, "user/ada")
    assert stand.run(second).steps[-1]["state"] == "cancelled"
    assert stand.run(third).state == "training"


def test_a_run_that_waits_for_its_turn_can_be_cancelled(stand: Stand) -> None:
    pipeline = stand.pipeline(overlap="queue")
    stand.start(pipeline)
    waiting = stand.start(pipeline)
    stand.service.runs.cancel(stand.user_id, pipeline.id, 2, "user/ada")
    assert stand.run(waiting).state == "cancelled"


def test_a_run_that_asks_keeps_no_other_from_beginning(stand: Stand) -> None:
    pipeline = stand.pipeline(unless_unchanged=False)
    assert stand.trained(pipeline).state == "asking"
    assert stand.start(pipeline).state == "training"


def test_an_alarm_that_lasts_trains_at_most_once_in_its_time(stand: Stand) -> None:
    pipeline = stand.pipeline(when=ALARM, promote="auto", unless_unchanged=False)
    first = stand.start(pipeline, trigger=alarm(1))
    stand.finish_training()
    second = stand.start(pipeline, trigger=alarm(2))
    assert (second.state, "Run 1" in second.why, "1d" in second.why) == ("skipped", True, True)
    created = datetime.fromisoformat(first.created_at) - timedelta(days=2)
    stand.alter(first, created_at=rfc3339(created))
    assert stand.start(pipeline, trigger=alarm(3)).state == "training"


def test_a_person_may_start_a_run_however_often_alarms_may(stand: Stand) -> None:
    pipeline = stand.pipeline(when=ALARM, promote="auto", unless_unchanged=False)
    stand.start(pipeline, trigger=alarm(1))
    stand.finish_training()
    assert stand.start(pipeline).state == "training"


def test_a_run_that_asks_costs_nothing_and_ends_when_nobody_answers_for_long(stand: Stand) -> None:
    run = stand.trained(stand.pipeline())
    assert stand.left("activerun") == []
    due = due_of(run)
    asked = datetime.fromisoformat(run.waits_since or "")
    assert due.at == due_rows.minute_of(rfc3339(asked + MAX_WAIT))
    assert stand.tables.get(due.key) is not None
    stand.service.runs.expire(due)
    run = stand.run(run)
    assert (run.state, run.why) == ("refused", "Nobody answered within 30 days.")
    assert stand.tables.get(due.key) is None


def test_an_answer_whose_process_died_is_followed_all_the_same(stand: Stand) -> None:
    run = stand.trained(stand.pipeline())
    answer = {"action": "approve", "by": "user/ada", "at": run.created_at, "why": ""}
    stand.service.runs.rows.activate(run)
    stand.alter(run, decision=answer)
    stand.world.sweep()
    assert stand.run(run).state == "promoted"


def test_a_run_whose_process_died_is_advanced_by_the_sweeper(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    run = stand.start(stand.pipeline(promote="auto"))
    stand.service.settler.listeners.clear()
    stand.finish_training()
    assert stand.run(run).state == "training"
    stand.world.sweep()
    assert stand.run(run).state == "promoted"


def test_a_job_beyond_the_quota_is_waited_for_and_trained_when_there_is_room(stand: Stand) -> None:
    stand.service.settings.values["max_queued_jobs"] = 1
    other = stand.world.submit(stand.dataset)
    run = stand.start(stand.pipeline())
    assert run.state == "training"
    assert "queued_jobs" in run.why
    stand.service.jobs.request_stop(stand.user_id, other, "cancel")
    stand.world.sweep(10.0)
    run = stand.run(run)
    assert run.steps[-1]["ref"] is not None
    assert len(stand.service.jobs.page(stand.user_id, 10, state="queued").items) == 1


def test_numbers_follow_the_order_of_creation_and_none_is_given_twice(stand: Stand) -> None:
    pipeline = stand.pipeline(when=[], overlap="queue")
    runs = [stand.start(pipeline) for _ in range(12)]
    assert [run.number for run in runs] == list(range(1, 13))
    page = stand.service.runs.page(stand.user_id, pipeline.id, 5)
    assert [run.number for run in page.items] == [12, 11, 10, 9, 8]
    following = stand.service.runs.page(stand.user_id, pipeline.id, 5, page.next)
    assert [run.number for run in following.items] == [7, 6, 5, 4, 3]


def test_a_number_that_was_given_before_a_crash_is_found_again(stand: Stand) -> None:
    run = stand.start(stand.pipeline())
    numbers = RunRows(stand.tables)
    assert numbers.number(run).number == 1
    assert numbers.newest_number(run.user_id, run.pipeline_id) == 1


def test_the_oldest_runs_go_when_there_are_too_many(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.pipelines.endings.KEPT", 2)
    pipeline = stand.pipeline()
    stand.start(pipeline)
    for _ in range(4):
        stand.start(pipeline)
    numbers = [run.number for run in stand.service.runs.page(stand.user_id, pipeline.id, 10).items]
    assert numbers == [5, 4, 1]  # The first is still on.
