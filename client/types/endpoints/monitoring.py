"""Describe how endpoints are watched, windows of their requests, and alarms."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from ...errors import UnexpectedResponse
from ..base import Record


@dataclass(frozen=True)
class Alarm(Record):
    """Describe an alarm, with its beginning and its end.

    Attributes:
        id: Id of the alarm.
        kind: drift, predictions, quality, estimated, realised, silence or errors.
        since: End of the first window that said so.
        began_at: Time at which it was raised.
        ended_at: Time at which it ended, None while it is open.
        detail: What it is about, in words.
        figures: What it rests on.
    """

    id: str = ""
    kind: str = ""
    since: datetime | None = None
    began_at: datetime | None = None
    ended_at: datetime | None = None
    detail: str = ""
    figures: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Monitor(Record):
    """Describe how an endpoint is watched, and how it is.

    Attributes:
        health: ok, drifting, failing, or quiet.
        alarms: Those that are open.
        last_window: Figures of the last window, None before the first.
        last_request_at: Time of the newest request that is known.
        next_at: Time at which it is looked at next.
        settings: How it is watched, defaults included.

    Example:
        >>> endpoint = client.create_endpoint("of-monitor", model)
        >>> endpoint.monitor().settings["window"]
        '1d'
        >>> endpoint.set_monitor(window="6h", drift={"share": 0.5}).settings["window"]
        '6h'
        >>> endpoint.delete()
    """

    health: str = ""
    alarms: tuple[Alarm, ...] = ()
    last_window: dict[str, Any] | None = None
    last_request_at: datetime | None = None
    next_at: datetime | None = None
    settings: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def from_json(cls, data: Any) -> Self:
        """Make the record of settings with `state` among them."""
        if not isinstance(data, dict) or not isinstance(data.get("state"), dict):
            raise UnexpectedResponse("Monitor: expected the settings of a monitor with its state.")
        settings = {name: value for name, value in data.items() if name != "state"}
        record = super().from_json({**data["state"], "settings": settings})
        object.__setattr__(record, "raw", data)
        return record


@dataclass(frozen=True)
class Window(Record):
    """Describe some time of an endpoint's requests, beside what its models were trained on.

    Attributes:
        id: `name-start-end`.
        start: Begin of the window.
        to: Its end, which is not part of it.
        state: queued, ready or failed.
        rows: Number of requests in it.
        labelled: How many of them have labels.
        sampled: Whether only some of them were looked into.
        why: What there is to say of it, in words.
        versions: Requests by version.
        columns: What is to be said of each column.
        inputs: Drift of all of them together.
        predictions: Drift of what was answered.
        classifier: How well a model tells the window from the training rows.
        performance: What it was, is by estimate, and is by labels.
        alarms: What it found that is alarming.
        error: Why it could not be worked out.
    """

    id: str = ""
    start: datetime | None = None
    to: datetime | None = None
    state: str = ""
    rows: int = 0
    labelled: int = 0
    sampled: bool = False
    why: str = ""
    versions: dict[str, int] = field(default_factory=dict)
    columns: list[dict[str, Any]] = field(default_factory=list)
    inputs: dict[str, Any] | None = None
    predictions: dict[str, Any] | None = None
    classifier: dict[str, Any] | None = None
    performance: dict[str, Any] | None = None
    alarms: list[dict[str, Any]] = field(default_factory=list)
    error: dict[str, Any] | None = None

    @property
    def is_over(self) -> bool:
        """Return whether it was worked out, or could not be."""
        return self.state != "queued"

    @classmethod
    def from_json(cls, data: Any) -> Self:
        """Make the record; `from` of the JSON is no name for an attribute in Python."""
        if not isinstance(data, dict):
            return super().from_json(data)
        record = super().from_json({**data, "start": data.get("from")})
        object.__setattr__(record, "raw", data)
        return record
