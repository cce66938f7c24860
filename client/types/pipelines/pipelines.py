"""Describe pipelines: what fetches, trains, compares and promotes by itself, and when."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from ..base import Record


@dataclass(frozen=True)
class RunBrief(Record):
    """Describe the newest run of a pipeline in short.

    Attributes:
        number: Its number, from 1.
        state: As of a `Run`.
        why: What it waits for, or why it ended as it did, in words.
        created_at: When it was started, in UTC.
        ended_at: When it ended, in UTC; None while it has not.
    """

    number: int = 0
    state: str = ""
    why: str = ""
    created_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True)
class PipelineInfo(Record):
    """Describe a pipeline as it is now.

    Attributes:
        id: Id of the pipeline.
        name: The user's own name for it.
        endpoint: Name of the endpoint that its models become versions of.
        enabled: Whether anything but a person starts it.
        data: What it trains on: {dataset_id} or {source_id, plus?}.
        job: How it trains: what `train` takes.
        when: What starts it, one {cron, timezone, missed, words}, {event}, {alarm} or {every_labels} for each.
        unless_unchanged: Whether a run ends where there is nothing new to train on.
        gate: How a new version is compared with the champion, where it is not as usual.
        promote: `auto` where the comparison says so, `ask` a person, `never`.
        as_: The alias that a promoted version gets; `as` in JSON.
        traffic: Share by alias that is set with a promotion; None leaves the traffic alone.
        then: What follows a promotion later: {champion_after, if}.
        guard: What undoes a promotion: {rollback_if, within}.
        overlap: What becomes of a run that is started while another is on: `skip` or `queue`.
        notify: Webhooks that are told of its runs.
        created_at: When it was made, in UTC.
        changed_at: When its settings were changed last, in UTC.
        revision: Number that grows with every change of its settings.
        next_at: When time starts it next, in UTC; None for never.
        last_run: Its newest run.
    """

    id: str
    name: str = ""
    endpoint: str = ""
    enabled: bool = True
    data: dict[str, Any] = field(default_factory=dict)
    job: dict[str, Any] = field(default_factory=dict)
    when: tuple[dict[str, Any], ...] = ()
    unless_unchanged: bool = True
    gate: dict[str, Any] = field(default_factory=dict)
    promote: str = "ask"
    as_: str = "champion"
    traffic: dict[str, float] | None = None
    then: dict[str, Any] | None = None
    guard: dict[str, Any] | None = None
    overlap: str = "skip"
    notify: tuple[str, ...] = ()
    created_at: datetime | None = None
    changed_at: datetime | None = None
    revision: int = 0
    next_at: datetime | None = None
    last_run: RunBrief | None = None

    @classmethod
    def from_json(cls, data: Any) -> Self:
        """Make the record; `as` of the JSON is no name for an attribute in Python."""
        if not isinstance(data, dict):
            return super().from_json(data)
        record = super().from_json({**data, "as_": data.get("as")})
        object.__setattr__(record, "raw", data)
        return record


@dataclass(frozen=True)
class SchedulePreview(Record):
    """Say what a cron expression means.

    Attributes:
        cron: The expression.
        timezone: By whose clocks it comes.
        words: When it comes, in words.
        times: The next five times, in UTC.
        local_times: The same by the clocks of the time zone.
    """

    cron: str
    timezone: str = "UTC"
    words: str = ""
    times: tuple[datetime, ...] = ()
    local_times: tuple[datetime, ...] = ()
