"""Pipelines that time starts: one run a minute, whoever schedules, whatever crashes, however late."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from core.domain.pipelines import SKIPPED, Pipeline, Run
from core.errors import Unavailable
from core.pipelines.pipeline_rows import due_of
from core.pipelines.triggers.time_trigger import TimeTriggers
from core.storage import due_rows, rows
from core.storage.due_rows import Due

if TYPE_CHECKING:
    from tests.unit.core.conftest import World

JOB = {"target": "bought", "task": "auto", "metric": "auto", "exclude_columns": [], "time_budget_s": 10}


class Timed:
    """A pipeline on a schedule, and a clock that tests set."""

    def __init__(self, world: World) -> None:
        self.world, self.service, self.user_id = world, world.service, world.user.id
        self.tables = self.service.ports.tables
        self.triggers = self.on(lambda: self.now)
        dataset = world.upload()
        said = {
            "name": "nightly",
            "endpoint": "income",
            "data": {"dataset_id": dataset.id},
            "job": JOB,
            "overlap": "queue",
        }
        self.id = self.service.pipelines.create(self.user_id, {**said, "when": [{"cron": "*/10 * * * *"}]}).id
        self.now = self.planned

    def on(self, clock: Any) -> TimeTriggers:
        return TimeTriggers(self.service.pipelines.rows, self.service.runs, clock)

    @property
    def pipeline(self) -> Pipeline:
        return self.service.pipelines.get(self.user_id, self.id)

    @property
    def planned(self) -> datetime:
        assert self.pipeline.next_at is not None
        return datetime.fromisoformat(self.pipeline.next_at).replace(tzinfo=UTC)

    @property
    def runs(self) -> list[Run]:
        return self.service.runs.page(self.user_id, self.id, 100).items[::-1]

    @property
    def due(self) -> list[Due]:
        return list(due_rows.due_until(self.tables, "9999", {"pipeline"}))

    def fire(self) -> None:
        for due in self.due:
            if due.at <= due_rows.minute_of(self.now.isoformat()):
                self.triggers.fire(due)


@pytest.fixture
def timed(world: World) -> Timed:
    return Timed(world)


def test_a_run_is_made_of_its_minute_and_says_why(timed: Timed) -> None:
    at = timed.planned
    timed.fire()
    [run] = timed.runs
    minute = at.strftime("%Y-%m-%dT%H:%M")
    assert run.key == f"t{minute}Z"
    assert run.trigger["why"]["words"] == "its schedule, every 10th minute of every hour (*/10 * * * *, UTC)"
    assert run.trigger["why"]["scheduled_at"] == f"{minute}:00.000Z"
    assert timed.planned == at + timedelta(minutes=10)
    assert timed.due == [due_of(timed.pipeline)]


def test_each_minute_has_one_run_by_clocks_that_are_apart_too(timed: Timed) -> None:
    first = timed.planned
    for step in range(6):
        fast, slow = (timed.on(lambda skew=skew: timed.now + timedelta(minutes=skew)) for skew in (5, -5))
        timed.now = first + timedelta(minutes=10 * step)
        [due] = timed.due
        (fast if step % 2 else slow).fire(due)
        slow.fire(due)  # It was on its way when the other one did it.
        fast.fire(due)
    assert [run.key[1:-1] for run in timed.runs] == [
        (first + timedelta(minutes=10 * step)).strftime("%Y-%m-%dT%H:%M") for step in range(6)
    ]
    assert len(timed.due) == 1


def test_after_a_time_without_a_scheduler_one_run_makes_up_and_the_others_are_counted(timed: Timed) -> None:
    first = timed.planned
    timed.now = first + timedelta(hours=3, minutes=5)
    timed.fire()
    skipped, made_up = timed.runs
    assert (skipped.state, skipped.trigger["why"]["missed"]) == (SKIPPED, 18)
    assert skipped.why.startswith("18 times were missed while nothing ran, from ")
    assert skipped.why.endswith(f"One run makes up for the newest, {made_up.key[1:]}.")
    assert made_up.trigger["at"] == (first + timedelta(hours=3)).strftime("%Y-%m-%dT%H:%M:00.000Z")
    assert made_up.state != SKIPPED
    assert timed.planned == first + timedelta(hours=3, minutes=10)
    timed.fire()
    assert len(timed.runs) == 2


def test_after_a_time_without_a_scheduler_nothing_runs_if_missed_times_are_skipped(timed: Timed) -> None:
    when = [{"cron": "0 3 * * *", "timezone": "Europe/Rome", "missed": "skip"}]
    timed.service.pipelines.update(timed.user_id, timed.id, {"when": when})
    timed.now = timed.planned + timedelta(days=3, hours=1)
    timed.fire()
    [skipped] = timed.runs
    assert (skipped.state, skipped.trigger["why"]["missed"]) == (SKIPPED, 4)
    assert skipped.why.startswith("4 times were missed while nothing ran, from ")


def test_a_pipeline_that_is_switched_off_or_changed_is_not_started_by_what_was_planned(timed: Timed) -> None:
    timed.service.pipelines.update(timed.user_id, timed.id, {"enabled": False})
    assert timed.due == []
    assert timed.pipeline.next_at is None
    timed.triggers.fire(Due("2026-01-01T00:00", "pipeline", timed.user_id, timed.id))
    assert timed.runs == []
    timed.service.pipelines.update(timed.user_id, timed.id, {"enabled": True})
    [due] = timed.due
    timed.service.pipelines.update(timed.user_id, timed.id, {"when": [{"cron": "@yearly"}]})
    due_rows.put(timed.tables, due)  # As if the request had died before it deleted it.
    timed.triggers.fire(due)
    assert timed.runs == []
    assert timed.due == [due_of(timed.pipeline)]


def test_a_change_of_something_else_skips_no_time_that_is_just_due(timed: Timed) -> None:
    planned = timed.pipeline.next_at
    past = replace(timed.pipeline, next_at="2026-01-01T00:10")
    raw, _ = timed.service.pipelines.rows.read(timed.user_id, timed.id)
    assert timed.service.pipelines.rows.write(past, raw)
    timed.service.pipelines.update(
        timed.user_id, timed.id, {"when": [{"cron": "*/10 * * * *"}, {"every_labels": 1000}]}
    )
    assert timed.pipeline.next_at == "2026-01-01T00:10"
    assert timed.due[0] == due_of(timed.pipeline)
    timed.service.pipelines.update(timed.user_id, timed.id, {"when": [{"cron": "5-59/10 * * * *"}]})
    assert timed.pipeline.next_at not in (planned, "2026-01-01T00:10")


def test_a_pipeline_that_is_gone_leaves_nothing_due(timed: Timed) -> None:
    [due] = timed.due
    timed.tables.delete(rows.key("pipeline", timed.user_id, timed.id))
    timed.triggers.fire(due)
    assert timed.due == []


@pytest.mark.parametrize("crash_after", range(12))
def test_a_crash_at_any_write_is_made_good_by_the_next_scheduler(
    timed: Timed, crash_after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = timed.planned
    [due] = timed.due
    left = crash_after

    def counted(write: Any) -> Any:
        def attempt(*args: Any) -> Any:
            nonlocal left
            left -= 1
            if left < 0:
                raise Unavailable("the process is gone")
            return write(*args)

        return attempt

    with monkeypatch.context() as crash:
        for name in ("put", "put_if_absent", "put_if_unchanged", "delete", "delete_if_unchanged"):
            crash.setattr(timed.tables, name, counted(getattr(timed.tables, name)))
        try:
            timed.triggers.fire(due)
        except Unavailable:
            assert left < 0
    timed.fire()
    assert [run.key for run in timed.runs] == [f"t{first.strftime('%Y-%m-%dT%H:%M')}Z"]
    assert timed.planned == first + timedelta(minutes=10)
    assert timed.due == [due_of(timed.pipeline)]


def test_what_is_planned_and_found_no_more_is_found_again(timed: Timed) -> None:
    [due] = timed.due
    due_rows.delete(timed.tables, due)
    assert timed.service.make_scheduler(timed.world.clock, at_once=1).sweep()
    assert timed.due == [due]


def test_an_account_that_is_deleted_leaves_nothing_due(timed: Timed) -> None:
    timed.service.eraser.accounts.run(timed.user_id)
    assert timed.due == []
