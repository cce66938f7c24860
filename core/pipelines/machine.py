"""The state machine of runs: what a run does next, by whoever looks at it.

No process holds a run. Whoever advances one reads its row, does what can be done now, and writes what has come of it by
one check-and-mutate; then it begins anew, until there is nothing to do but wait. What is done before the write has ids
derived from the run's, so that doing it twice makes one. A crash anywhere leaves the row as it was, and the row
`activerun#…` by which the sweeper finds it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import timedelta

from core.domain.ids import now, timestamp_before
from core.domain.pipelines import (
    ASKING,
    CANCELLED,
    DECIDE,
    FAILED,
    PROMOTE,
    REFUSED,
    SKIPPED,
    STATES_OF_STEPS,
    STEPS,
    Pipeline,
    Run,
    Step,
)
from core.domain.records import Json
from core.errors import RequestError, TooMany
from core.pipelines.endings import RunEndings
from core.pipelines.outcomes import Outcome, RunStep, failed
from core.pipelines.overlaps import Overlaps
from core.pipelines.pipeline_rows import PipelineRows
from core.pipelines.run_rows import RunRows

RUNNING, DONE = "running", "done"
APPROVE, REJECT, EXPIRE = "approve", "reject", "expire"
MAX_WRITES = 100
"""Writes of a run at one go; more are an error of a step that gets nowhere."""


class RunMachine:
    """Advances runs."""

    def __init__(
        self, runs: RunRows, pipelines: PipelineRows, steps: Mapping[str, RunStep], overlaps: Overlaps, ends: RunEndings
    ) -> None:
        self.runs = runs
        self.pipelines = pipelines
        self.steps = steps
        self.overlaps = overlaps
        self.ends = ends

    def advance(self, user_id: str, pipeline_id: str, key: str) -> Run | None:
        """Advance a run as far as it goes now, then those that waited for its end; return it, None if there is none."""
        run = self._advance(user_id, pipeline_id, key)
        freed = run
        while freed is not None and freed.is_over and (waiting := self.overlaps.next_waiting(freed)) is not None:
            freed = self._advance(user_id, pipeline_id, waiting.key)
        return run

    def _advance(self, user_id: str, pipeline_id: str, key: str) -> Run | None:
        for _ in range(MAX_WRITES):
            raw, run = self.runs.read(user_id, pipeline_id, key)
            if raw is None or run is None:
                return None
            pipeline = self.pipelines.find(user_id, pipeline_id)
            following = self._next(run, run.pipeline(pipeline))
            if following == run:
                self._rest(run)
                return run
            self.runs.write(following, raw)  # If another was quicker, what it has written is gone on from.
        raise RuntimeError(f"run {pipeline_id}/{key} gets nowhere")

    def _rest(self, run: Run) -> None:
        """Do what follows once nothing is left to do: for good, or until a person answers."""
        if run.is_over:
            self.ends.finish(run)
        elif run.state == ASKING:
            self.ends.park(run)

    def _next(self, run: Run, pipeline: Pipeline) -> Run:
        """Return the run as it is after one more thing was done, itself if there is nothing to do."""
        if run.number == 0:
            return self.runs.number(run)
        if run.is_over:
            return run
        if run.cancel is not None:
            return self._cancelled(run, pipeline)
        if run.step is None:
            return self._begin(run, pipeline)
        if run.state == ASKING:
            return self._answered(run)
        step = self.steps[run.step["name"]]
        if run.step["at"] < timestamp_before(timedelta(seconds=step.timeout_s)):
            step.stop(run, pipeline)
            hours = step.timeout_s / 3600
            why = f"The step {step.name!r} was not through after {hours:,.0f} hours."
            return _apply(
                run, failed("STEP_TIMED_OUT", why, "Look at what it waited for, then run the pipeline again.")
            )
        return _apply(run, _outcome(step, run, pipeline))

    def _begin(self, run: Run, pipeline: Pipeline) -> Run:
        """Begin the first step, unless another run of the pipeline forbids it."""
        verdict = self.overlaps.judge(run, pipeline)
        if verdict is None:
            return _with_step(run, STEPS[0])
        if verdict.waits:
            return replace(run, why=verdict.why)
        return _over(run, SKIPPED, verdict.why)

    def _cancelled(self, run: Run, pipeline: Pipeline) -> Run:
        if run.step is not None:
            self.steps[run.step["name"]].stop(run, pipeline)
        cancel = run.cancel or {}
        return _over(run, CANCELLED, _said("Cancelled", cancel["why"]))

    def _answered(self, run: Run) -> Run:
        """Return the run as a person's answer leaves it, itself where there is none yet."""
        answer = run.decision
        if answer is None:
            return run
        if answer["action"] == APPROVE:
            why = _said("Approved", answer["why"])
            return _with_step(_ended_step(replace(run, why=why), DONE, why), _after(DECIDE))
        if answer["action"] == EXPIRE:
            return _over(run, REFUSED, answer["why"])
        return _over(run, REFUSED, _said("Rejected", answer["why"]))


def _outcome(step: RunStep, run: Run, pipeline: Pipeline) -> Outcome:
    """Return what the step says; a request that is refused for good ends the run, one that came too soon waits."""
    try:
        return step.advance(run, pipeline)
    except TooMany as exc:
        return Outcome("wait", f"It waits, as {exc.detail[:1].lower()}{exc.detail[1:]}")
    except RequestError as exc:
        error = {"reason": exc.reason, "detail": exc.detail, "hint": "", "errors": exc.errors[:20]}
        return Outcome("end", exc.detail, state=FAILED, error=error)


def _apply(run: Run, outcome: Outcome) -> Run:
    """Return the run as the outcome of its step leaves it."""
    step = dict(run.steps[-1])
    step["figures"] = {**step["figures"], **outcome.figures}
    step["ref"] = outcome.ref or step["ref"]
    step["why"] = outcome.why or step["why"]
    step["tasks"] = list(dict.fromkeys([*step["tasks"], *(ref.path for ref in outcome.tasks)]))
    run = replace(
        run, steps=[*run.steps[:-1], step], facts={**run.facts, **outcome.facts}, why=outcome.why or run.why
    )  # fmt: skip
    if outcome.kind == "done":
        return _with_step(_ended_step(run, DONE, step["why"]), _after(step["name"]))
    if outcome.kind == "ask":
        return replace(run, state=ASKING, waits_since=now())
    if outcome.kind == "end":
        return _over(run, outcome.state, outcome.why, outcome.error)
    return run


def _over(run: Run, state: str, why: str, error: Json | None = None) -> Run:
    ended = _ended_step(run, state if state in (FAILED, CANCELLED) else DONE, why) if run.steps else run
    return replace(ended, state=state, why=why, error=error, ended_at=now())


def _ended_step(run: Run, state: str, why: str) -> Run:
    step = {**run.steps[-1], "state": state, "why": why, "ended_at": now()}
    return replace(run, steps=[*run.steps[:-1], step])


def _with_step(run: Run, name: str) -> Run:
    begun = asdict(Step(name, RUNNING, now()))
    return replace(run, state=STATES_OF_STEPS[name], steps=[*run.steps, begun])


def _after(name: str) -> str:
    return STEPS[STEPS.index(name) + 1]


def _said(what: str, why: str) -> str:
    return f"{what}: {why}" if why else f"{what}."


def is_promoting(run: Run) -> bool:
    """Return whether the run may have changed what is served by now, though it does not say so yet."""
    return not run.is_over and run.step is not None and run.step["name"] == PROMOTE
