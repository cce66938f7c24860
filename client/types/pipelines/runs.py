"""Describe runs of pipelines: what started them, each step with its figures, how they ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ..base import Record
from ..problem import Problem

ASKING = "asking"
FINAL = frozenset({"promoted", "refused", "unchanged", "skipped", "failed", "cancelled"})


@dataclass(frozen=True)
class Trigger(Record):
    """Describe what started a run.

    Attributes:
        kind: time, event, alarm, labels or manual.
        at: When it happened, in UTC.
        why: What is known of it; `words` says it in words.
        key: What it is told by: one run is made of it, however often it is told of.
    """

    kind: str = ""
    at: datetime | None = None
    why: dict[str, Any] = field(default_factory=dict)
    key: str = ""


@dataclass(frozen=True)
class Step(Record):
    """Describe one step of a run.

    Attributes:
        name: fetch, train, register, evaluate, decide or promote; after a promotion also guard and then.
        state: running, done, failed, cancelled or skipped.
        at: When it began, in UTC.
        ended_at: When it ended, in UTC; None while it has not.
        ref: What it made or waits for: `job/ID`, `dataset/ID`, `version/ENDPOINT/NUMBER`, …
        figures: What it rests on, or has come to.
        why: The same in words.
    """

    name: str
    state: str = ""
    at: datetime | None = None
    ended_at: datetime | None = None
    ref: str | None = None
    figures: dict[str, Any] = field(default_factory=dict)
    why: str = ""


@dataclass(frozen=True)
class Run(Record):
    """Describe one run of a pipeline.

    Attributes:
        id: Id of the run.
        number: Its number, from 1.
        pipeline_id: Id of the pipeline.
        endpoint: Name of the endpoint that its model becomes a version of.
        state: waiting, fetching, training, evaluating or asking; at last promoted, refused, unchanged, skipped, failed
            or cancelled.
        why: What it waits for, or why it ended as it did, in words.
        trigger: What started it.
        steps: The steps that have begun, in their order.
        dataset_id: Id of the dataset that it trains on.
        job_id: Id of its training.
        model_id: Id of the model that was trained.
        version: Number of the version that the model became.
        champion: Number of the version that was served before.
        gate: What the comparison with the champion has shown: {outcome, why, difference, …}.
        waits_since: Since when it waits for `approve` or `reject`, in UTC.
        decision: What a person has answered: {action, by, at, why}.
        cancelled: Who ended it: {by, at, why}.
        error: Why it failed, None if it did not.
        created_at: When it was started, in UTC.
        ended_at: When it ended, in UTC.
    """

    id: str
    number: int = 0
    pipeline_id: str = ""
    endpoint: str = ""
    state: str = "waiting"
    why: str = ""
    trigger: Trigger = Trigger()
    steps: tuple[Step, ...] = ()
    dataset_id: str | None = None
    job_id: str | None = None
    model_id: str | None = None
    version: int | None = None
    champion: int | None = None
    gate: dict[str, Any] | None = None
    waits_since: datetime | None = None
    decision: dict[str, Any] | None = None
    cancelled: dict[str, Any] | None = None
    error: Problem | None = None
    created_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def is_over(self) -> bool:
        """Return whether the state is final."""
        return self.state in FINAL

    @property
    def asks(self) -> bool:
        """Return whether it waits for `approve` or `reject`; an answer that is being carried out is one already."""
        return self.state == ASKING and self.decision is None

    def step(self, name: str) -> Step | None:
        """Return the step of this name, None if it has not begun."""
        return next((step for step in self.steps if step.name == name), None)
