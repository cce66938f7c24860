"""What a step says of itself each time it is advanced."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Protocol

from core.domain.pipelines import FAILED, Pipeline, Run
from core.domain.records import Json, TaskRef

Kind = Literal["wait", "again", "done", "ask", "end"]


@dataclass(frozen=True)
class Outcome:
    """What is to be written of a step, and what follows.

    Attributes:
        kind: `wait` for the end of its tasks; `again`: write this down, then advance the step once more; `done`: go on
            with the next step; `ask` a person, then go on; `end` the run.
        why: in words; kept as it was where it is empty.
        ref, figures: of the step; figures are added to those that it has.
        facts: for later steps: added to those of the run.
        tasks: what it waits for; `RunRows.link` has written before that their ends advance the run.
        state: of a run that ends.
        error: of a run that fails: {reason, detail, …}.
    """

    kind: Kind
    why: str = ""
    ref: str | None = None
    figures: Json = field(default_factory=dict)
    facts: Json = field(default_factory=dict)
    tasks: tuple[TaskRef, ...] = ()
    state: str = ""
    error: Json | None = None


class RunStep(Protocol):
    """A step of a run.

    Attributes:
        name: one of `core.domain.pipelines.STEPS`.
        timeout_s: how long it may take before the run fails.
    """

    name: str
    timeout_s: float

    def advance(self, run: Run, pipeline: Pipeline) -> Outcome:
        """Do what can be done now, and say how far it is. It may be called at any time, twice too, by any process.

        What it makes has an id derived from the run's (`core.domain.ids.derived_id`), so that making it again finds
        it. A RequestError ends the run as failed, TooMany has it tried again later.

        Args:
            run: the run, whose last step this is.
            pipeline: its pipeline, with the settings that the run began with.
        """

    def stop(self, run: Run, pipeline: Pipeline) -> None:
        """Have what it waits for ended, as the run is. May be called twice."""


def failed(reason: str, why: str, hint: str = "", figures: Json | None = None) -> Outcome:
    """Return the outcome that ends a run as failed."""
    error = {"reason": reason, "detail": why, "hint": hint}
    return Outcome("end", why, state=FAILED, error=error, figures=figures or {})
