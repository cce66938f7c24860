"""Pipelines that time starts: what is done when the minute of one has come.

Each pipeline with a schedule has one `due` row, and names it by `next_at`. Whoever schedules does, in this order: make
the run of that minute, write the next `due` row, write the pipeline that names it, delete the row that led here. A
crash anywhere repeats what is there, for the run's key is the minute; of two schedulers one makes the run, the other
finds it. Wall clocks say only whether something is due: those that are apart start the same runs, earlier or later.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from core.domain.ids import rfc3339, wall_clock
from core.domain.pipelines import Pipeline, Trigger
from core.errors import NotFound
from core.pipelines.pipeline_rows import PipelineRows, due_of
from core.pipelines.runs import Runs
from core.schedules.cron import utc_minute
from core.schedules.schedule import Arrival, Entry, moment_of, schedule_of
from core.storage import due_rows
from core.storage.due_rows import Due


def next_time(pipeline: Pipeline, at: datetime) -> str | None:
    """Return the minute after `at` at which time starts the pipeline; None: never. One that is just due stays."""
    schedule = schedule_of(pipeline.when)
    return None if schedule is None else schedule.planned(pipeline.next_at, at)


class TimeTriggers:
    """Starts pipelines that are due."""

    def __init__(self, pipelines: PipelineRows, runs: Runs, clock: Callable[[], datetime] = wall_clock) -> None:
        self.tables = pipelines.tables
        self.pipelines = pipelines
        self.runs = runs
        self.clock = clock

    def fire(self, due: Due) -> None:
        """Start the pipeline of a `due` row; a row that its pipeline does not name is deleted."""
        pipeline = self.pipelines.find(due.user_id, due.id)
        schedule = None if pipeline is None or not pipeline.enabled else schedule_of(pipeline.when)
        if pipeline is None or schedule is None or pipeline.next_at != due.at:
            due_rows.delete(self.tables, due)
            return
        at = self.clock()
        try:
            self._start(pipeline, schedule.arrival(moment_of(due.at), at))
            after = self.pipelines.update(due.user_id, due.id, lambda now: self._moved(now, due, at))
        except NotFound:  # It is being deleted.
            due_rows.delete(self.tables, due)
            return
        if after.next_at != due.at:
            if (following := due_of(after)) is not None:
                due_rows.put(self.tables, following)  # Somebody may have looked before the pipeline named it.
            due_rows.delete(self.tables, due)

    def _start(self, pipeline: Pipeline, arrival: Arrival) -> None:
        """Make the run of the time that is kept, and one that tells of those that were missed."""
        missed = arrival.words_of_missed
        if arrival.first is not None:
            details = {"missed": arrival.passed_over, "last": rfc3339(arrival.last or arrival.first)}
            trigger = _trigger(arrival.first, arrival.entry, details)
            followed = "" if arrival.kept is None else f" One run makes up for the newest, {utc_minute(arrival.kept)}Z."
            self.runs.skip(pipeline.user_id, pipeline.id, trigger, f"{missed[0].upper()}{missed[1:]}.{followed}")
        if arrival.kept is not None:
            details = {"missed": arrival.passed_over} if missed else {}
            self.runs.create(pipeline.user_id, pipeline.id, _trigger(arrival.kept, arrival.entry, details, missed))

    def _moved(self, pipeline: Pipeline, due: Due, at: datetime) -> Pipeline:
        """Return the pipeline as it is started next, whose `due` row is there by then."""
        if pipeline.next_at != due.at:
            return pipeline
        schedule = schedule_of(pipeline.when) if pipeline.enabled else None
        following = None if schedule is None else utc_minute(schedule.arrival(moment_of(due.at), at).next)
        moved = replace(pipeline, next_at=following)
        if (next_due := due_of(moved)) is not None:
            due_rows.put(self.tables, next_due)
        return moved


def _trigger(at: datetime, entry: Entry, details: dict[str, Any], missed: str = "") -> Trigger:
    """Return what starts the run of a minute: the same for everyone who finds it due."""
    cron = entry.cron
    words = f"its schedule, {cron.words()} ({cron.expression}, {cron.timezone})"
    why = {
        "words": f"{words}; {missed}" if missed else words,
        "scheduled_at": rfc3339(at), "cron": cron.expression, "timezone": cron.timezone, **details,
    }  # fmt: skip
    return Trigger(f"t{utc_minute(at)}Z", "time", rfc3339(at), why)
