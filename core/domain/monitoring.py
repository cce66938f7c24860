"""Records of monitoring: how an endpoint is watched, windows of its requests, and alarms.

They are records like those of `core.domain.records`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

from core.domain.records import Json

AlarmKind = Literal["drift", "predictions", "quality", "estimated", "realised", "silence", "errors"]
"""What an alarm is about: the inputs, the predictions, values that cannot be used, performance by the two ways of
telling it, no requests at all, requests that failed."""
ALARM_KINDS: tuple[AlarmKind, ...] = get_args(AlarmKind)

Health = Literal["ok", "drifting", "failing", "quiet"]
"""`failing` and `drifting` by the alarms that are open; `quiet`: nothing is served, or nobody calls; else `ok`."""

WindowState = Literal["queued", "ready", "failed"]
Occasion = Literal["schedule", "labels", "request"]
"""Why a window was worked out last: its time had come, labels for it had arrived, a user wanted it."""


@dataclass(frozen=True)
class Monitor:
    """How an endpoint is watched, and what came of it: one fenced row.

    Attributes:
        endpoint_id: the one of the endpoints of that name that it belongs to.
        revision: of the settings; the ETag.
        settings: those that its user has set; the defaults fill in the rest.
        next_at: the minute of the `due` row by which the sweeper looks at it next.
        ended: end of the newest window whose time has come.
        last_request_at: of the newest request that is known.
        is_busy: whether the last window that had requests had enough of them.
        labels_seen: how far feedback was looked at; `labels_at`: when.
        alarms: those that are open, as `Alarm` rows, by kind.
        unsent: events that are decided and not yet sent, as {type, alarm}.
        last: traffic of the newest window that had its time, {from, to, rows, failed}; rows beyond `min_rows` are not
            counted.
        figures: of the newest window that was worked out, in short.
        baselines: what stands in for the reference of a model that has none, by the model's id: its first full window,
            {blob, from, to}.
        cleaned_on: the day on which windows that are too old were deleted last.
    """

    endpoint: str
    user_id: str
    endpoint_id: str
    created_at: str
    revision: int = 1
    settings: Json = field(default_factory=dict)
    next_at: str = ""
    ended: str = ""
    last_request_at: str | None = None
    is_busy: bool = False
    labels_seen: str = ""
    labels_at: str = ""
    alarms: dict[str, Json] = field(default_factory=dict)
    unsent: list[Json] = field(default_factory=list)
    last: Json | None = None
    figures: Json | None = None
    baselines: dict[str, Json] = field(default_factory=dict)
    cleaned_on: str = ""


@dataclass(frozen=True)
class Window:
    """Some time of an endpoint's requests, beside what its models were trained on.

    Its parts in full stand in a row of their own, as lists of windows need but the figures.

    Attributes:
        start, end: the end is not part of it.
        revision: grows each time it is to be worked out again; a worker's result counts for the revision it was for.
        scheduled: whether its time came, rather than that a user wanted it: only those raise alarms.
        occasion: why it was worked out last, or is about to be.
        times: how often it was worked out; `worked_revision` is the last one that was.
        complete: whether all requests of it were kept by the time it was worked out.
        rows, labelled: requests in it, and how many of them have labels.
        versions: requests by version.
        summary: {inputs, predictions, classifier, performance, columns}, the columns in short.
        signals: what is found, by kind of alarm; None where it cannot be told.
        findings: {kind, detail, figures} of each signal that is true.
        why: in words, where there is something to say of it: too few requests, no reference.
        labels_seen: how far feedback was looked at when it was last requested.
    """

    endpoint: str
    user_id: str
    endpoint_id: str
    start: str
    end: str
    requested_at: str
    revision: int = 1
    scheduled: bool = False
    state: WindowState = "queued"
    occasion: Occasion = "schedule"
    worked_at: str | None = None
    times: int = 0
    worked_revision: int = 0
    complete: bool = False
    rows: int = 0
    labelled: int = 0
    sampled: bool = False
    versions: dict[str, int] = field(default_factory=dict)
    summary: Json = field(default_factory=dict)
    signals: dict[str, bool | None] = field(default_factory=dict)
    findings: list[Json] = field(default_factory=list)
    why: str = ""
    error: Json | None = None
    labels_seen: str = ""


@dataclass(frozen=True)
class Alarm:
    """An alarm with its beginning and its end. There is one of an endpoint and kind at a time.

    Attributes:
        since: end of the first window in a row that said so; of silence the last request.
        began_at: when it was raised.
        ended_at: when it ended, and `until` by which window; None while it is open.
        windows: how many in a row said so when it was raised.
        detail: in words.
        figures: what it rests on.
    """

    id: str
    endpoint: str
    user_id: str
    endpoint_id: str
    kind: str
    since: str
    began_at: str
    windows: int = 1
    detail: str = ""
    figures: Json = field(default_factory=dict)
    until: str | None = None
    ended_at: str | None = None
