"""Use cases around runs: make, find, answer, cancel, and advance when something that they wait for has ended."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, replace

import structlog

from core.domain.endpoints import CHAMPION
from core.domain.ids import new_id, now
from core.domain.pipelines import ASKING, FINAL, SKIPPED, Pipeline, Run, Trigger
from core.domain.records import Json, TaskRef
from core.endpoints.endpoint_rows import EndpointRows
from core.errors import Conflict, NotFound, PreconditionFailed, Unavailable
from core.pipelines.endings import MAX_WAIT, due_of
from core.pipelines.machine import APPROVE, EXPIRE, REJECT, RunMachine, is_promoting
from core.pipelines.pipeline_rows import PipelineRows
from core.pipelines.run_rows import RunRows
from core.storage import due_rows
from core.storage.due_rows import Due
from core.storage.rows import Page

log = structlog.get_logger()

ADVANCING = frozenset({"fetch", "assemble", "gather", "profile", "train", "compare", "evaluate"})
"""Kinds of tasks whose ends advance runs."""
OVERRIDDEN = ("unless_unchanged",)
"""Settings of the pipeline that a trigger may say otherwise, for its own run."""


class Runs:
    """The runs of a user's pipelines."""

    def __init__(self, runs: RunRows, pipelines: PipelineRows, endpoints: EndpointRows, machine: RunMachine) -> None:
        self.rows = runs
        self.tables = runs.tables
        self.pipelines = pipelines
        self.endpoints = endpoints
        self.machine = machine

    def create(self, user_id: str, pipeline_id: str, trigger: Trigger) -> Run:
        """Make the run of a trigger, and begin it. However often it is told of, a trigger has one run.

        It is durable on return. Raises NotFound for a pipeline that there is not.
        """
        pipeline = self.pipelines.get(user_id, pipeline_id)
        run = self._write(pipeline, Run(new_id(), user_id, pipeline_id, asdict(trigger), now()))
        with suppress(Unavailable):  # It is found, and goes on.
            return self._advance(run) or run
        return run

    def skip(self, user_id: str, pipeline_id: str, trigger: Trigger, why: str) -> Run:
        """Make the run of a trigger that is not followed, and say why. Raises NotFound."""
        pipeline = self.pipelines.get(user_id, pipeline_id)
        at = now()
        skipped = Run(new_id(), user_id, pipeline_id, asdict(trigger), at, state=SKIPPED, why=why, ended_at=at)
        run = self._write(pipeline, skipped)
        with suppress(Unavailable):
            return self._advance(run) or run
        return run

    def _write(self, pipeline: Pipeline, new: Run) -> Run:
        found = self.rows.read(new.user_id, new.pipeline_id, new.key)[1]
        if found is not None:
            return found
        after = self.rows.newest_number(new.user_id, new.pipeline_id)
        said = new.trigger["why"]
        why = new.why or f"Started by {said.get('words') or new.trigger['kind']}."
        settings = {**pipeline.settings(), **{name: said[name] for name in OVERRIDDEN if name in said}}
        run = self.rows.create(replace(new, after=after, settings=settings, why=why))
        # A pipeline's tombstone is set before its runs are looked for, and read after a run is written.
        if self.pipelines.find(new.user_id, new.pipeline_id) is None:
            self.rows.delete(run)
            raise NotFound("pipeline", new.pipeline_id)
        return run

    def get(self, user_id: str, pipeline_id: str, number: int) -> Run:
        """Return a run by its number; raises NotFound."""
        self.pipelines.get(user_id, pipeline_id)
        return self.rows.get(user_id, pipeline_id, number)

    def page(self, user_id: str, pipeline_id: str, size: int, after: str | None = None) -> Page[Run]:
        """Return a page of runs, newest first. Raises NotFound."""
        self.pipelines.get(user_id, pipeline_id)
        return self.rows.page(user_id, pipeline_id, size, after)

    def newest(self, user_id: str, pipeline_id: str) -> Run | None:
        """Return the newest run of a pipeline, None if there is none."""
        return next(iter(self.rows.page(user_id, pipeline_id, 1).items), None)

    def approve(self, user_id: str, pipeline_id: str, number: int, by: str, why: str = "") -> Run:
        """Answer a run that asks: its version is promoted.

        Raises NotFound, Conflict RUN_NOT_ASKING, PreconditionFailed CHAMPION_CHANGED if another champion is served by
        now than the one that it was compared with.
        """
        run = self.get(user_id, pipeline_id, number)
        endpoint = self.endpoints.find(user_id, run.settings["endpoint"])
        champion = None if endpoint is None else endpoint.aliases.get(CHAMPION)
        if run.state == ASKING and champion != run.facts.get("champion"):
            raise PreconditionFailed(
                "CHAMPION_CHANGED",
                f"Run {number} was compared with {_named(run.facts.get('champion'))}; by now {_named(champion)} is "
                "champion. Reject it, and run the pipeline again; or promote the version yourself.",
            )
        return self._answer(run, APPROVE, by, why)

    def reject(self, user_id: str, pipeline_id: str, number: int, by: str, why: str = "") -> Run:
        """Answer a run that asks: its version is not promoted. Raises NotFound, Conflict RUN_NOT_ASKING."""
        return self._answer(self.get(user_id, pipeline_id, number), REJECT, by, why)

    def _answer(self, run: Run, action: str, by: str, why: str) -> Run:
        answer = {"action": action, "by": by, "at": now(), "why": why}

        def answered(current: Run) -> Run:
            if current.state != ASKING or current.decision is not None:
                raise _not_asking(current)
            return replace(current, decision=answer)

        return self._alter(run, answered)

    def cancel(self, user_id: str, pipeline_id: str, number: int, by: str, why: str = "") -> Run:
        """End a run, with what it waits for. Raises NotFound, Conflict RUN_OVER."""

        def cancelled(current: Run) -> Run:
            if current.is_over or is_promoting(current):
                raise Conflict("RUN_OVER", f"Run {number} can no longer be cancelled: it is {_state(current)}.")
            return replace(current, cancel=current.cancel or {"by": by, "at": now(), "why": why})

        return self._alter(self.get(user_id, pipeline_id, number), cancelled)

    def end(self, run: Run, cancel: Json) -> Run:
        """End a run whatever it is at, as what it belongs to goes; return it as it is then. Raises Unavailable."""
        while True:
            raw, current = self.rows.read(run.user_id, run.pipeline_id, run.key)
            if raw is None or current is None:
                return run
            if not current.is_over:
                self.rows.write(replace(current, cancel=current.cancel or cancel), raw)
            # One that is over may not have been told of.
            run = self.machine.advance(run.user_id, run.pipeline_id, run.key) or current
            if run.is_over:
                return run

    def _alter(self, run: Run, alter: Callable[[Run], Run]) -> Run:
        """Write what `alter` makes of a run, and have it go on."""
        alter(run)
        self.rows.activate(run)  # First, so that what is written is never forgotten.
        while True:
            raw, current = self.rows.read(run.user_id, run.pipeline_id, run.key)
            if raw is None or current is None:
                raise NotFound("run", run.ref)
            if self.rows.write(alter(current), raw):
                break
        with suppress(Unavailable):
            return self._advance(run) or run
        return self.rows.read(run.user_id, run.pipeline_id, run.key)[1] or run

    # -- what advances runs --

    def on_task_finished(self, ref: TaskRef) -> None:
        """Advance the run that waits for the end of a task; the sweeper does where this fails."""
        if ref.kind not in ADVANCING:
            return
        with suppress(Unavailable):
            linked = self.rows.linked(ref)
            if linked is not None:
                self.advance(ref.user_id, *linked)

    def advance(self, user_id: str, pipeline_id: str, key: str) -> Run | None:
        """Advance a run as far as it goes now; one that fails unexpectedly keeps nothing else waiting.

        Raises Unavailable.
        """
        try:
            return self.machine.advance(user_id, pipeline_id, key)
        except Unavailable:
            raise
        except Exception:
            log.exception("run.not_advanced", user_id=user_id, pipeline_id=pipeline_id, key=key)
            return None

    def _advance(self, run: Run) -> Run | None:
        return self.advance(run.user_id, run.pipeline_id, run.key)

    def expire(self, due: Due) -> None:
        """End a run that nobody has answered for long; one that was answered goes on, if it has not."""
        pipeline_id, _, key = due.id.partition("/")
        run = self.rows.read(due.user_id, pipeline_id, key)[1]
        if run is not None and run.state == ASKING and run.decision is None and due_of(run) == due:
            with suppress(Conflict):  # Answered at this moment.
                self._answer(run, EXPIRE, "nobody", f"Nobody answered within {MAX_WAIT.days} days.")
        elif run is not None and not run.is_over:
            self.rows.activate(run)
            self._advance(run)
        due_rows.delete(self.tables, due)


def _not_asking(run: Run) -> Conflict:
    if run.decision is not None:
        detail = f"Run {run.number} was answered already: {run.decision['action']}."
    else:
        detail = f"Run {run.number} does not wait for an answer: it is {_state(run)}."
    return Conflict("RUN_NOT_ASKING", detail)


def _state(run: Run) -> str:
    return f"{run.state} already" if run.state in FINAL else run.state


def _named(version: int | None) -> str:
    return "no version" if version is None else f"version {version}"
