"""Records of events that come in: what was told, what is kept of it, and the segments that their rows end in.

They are records like those of `core.domain.records`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from core.domain.records import Json

Cell = str | int | float | bool | None
Source = Literal["json", "cloudevents", "pubsub", "sns", "s3", "eventbridge"]
"""Whose form an event has; `json` is anything else."""


@dataclass(frozen=True)
class Event:
    """Something that happened elsewhere, as a pipeline is told of it.

    Attributes:
        name: its sender's own name for it, "" if it has none; the same event comes under the same name.
        digest: of the body that it came in: what tells it from others where it has no name.
        source: whose form it has.
        rows: new rows of data, in order; empty for an event that only tells that something happened.
        about: what it says of itself that is worth showing, such as the bucket and the object.
        url: the file that its sender names, "" for none.
        object_url: the object of a bucket that it is about, "" for none.
        is_relevant: whether it may start anything; one that tells of a deleted object may not.
        confirmation: where its sender wants a subscription to be confirmed; it is shown, and never followed.
    """

    name: str
    source: Source = "json"
    rows: tuple[dict[str, Cell], ...] = ()
    about: Json = field(default_factory=dict)
    url: str = ""
    object_url: str = ""
    is_relevant: bool = True
    confirmation: Json | None = None
    digest: str = ""


@dataclass(frozen=True)
class Hook:
    """Where events of a pipeline may be sent to: `hook#<its public half>`.

    Attributes:
        public: the half of the token that is no secret; it is also in the routing key of messages.
        token_sha256: of the token, which nobody keeps; "" where none was made.
        secret: what requests must be signed with, sealed; "" where they need not be.
        confirmation: the newest subscription that its sender wants to be confirmed.
    """

    public: str
    user_id: str
    pipeline_id: str
    created_at: str
    token_sha256: str = ""
    secret: str = ""
    confirmation: Json | None = None


@dataclass(frozen=True)
class Incoming:
    """An event that was received. The row is created once: it is what makes the event count, and count once.

    Attributes:
        id: digest of what it was named by.
        rows, size_bytes: of its data; `lacking` are the rows without the target.
        lines: its rows as lines of JSON, until a segment has them; large ones are in `blob` instead.
        segment: the number of the segment that has it; 0 as long as none has.
    """

    id: str
    name: str
    at: str
    source: str = "json"
    about: Json = field(default_factory=dict)
    url: str = ""
    rows: int = 0
    lacking: int = 0
    size_bytes: int = 0
    lines: list[str] = field(default_factory=list)
    blob: str = ""
    segment: int = 0

    def in_short(self) -> Json:
        """Return what a segment, and the run that it starts, say of it."""
        return {"id": self.id, "name": self.name[:100], "at": self.at, "source": self.source, "rows": self.rows}


@dataclass(frozen=True)
class EventSegment:
    """Events whose data was put together, create-only and numbered: 1, 2, 3 … without a gap.

    Attributes:
        blobs: gzip of JSON lines, a row each, in this order.
        events: each in short, the earliest first.
        rows, lacking, size_bytes: of these events.
        total_rows, total_events, total_bytes: of these and all segments before.
        settled: whether each of its events is known to be in it; until then the next segment waits.
    """

    number: int
    blobs: list[str]
    events: list[Json]
    at: str
    rows: int = 0
    lacking: int = 0
    size_bytes: int = 0
    total_rows: int = 0
    total_events: int = 0
    total_bytes: int = 0
    settled: bool = False


@dataclass(frozen=True)
class Receipt:
    """What has become of an event.

    Attributes:
        state: `accepted`; `duplicate` of one that came before; `ignored`, as it starts nothing; `confirmation`, of a
            subscription, which is shown to the pipeline's owner.
        columns: columns of its rows that the pipeline's data does not have.
        lacking: how many rows have no value of the target. They are kept.
    """

    state: Literal["accepted", "duplicate", "ignored", "confirmation"]
    id: str = ""
    rows: int = 0
    columns: tuple[str, ...] = ()
    lacking: int = 0


@dataclass(frozen=True)
class Recipient:
    """A pipeline, as far as events are concerned.

    Attributes:
        target: the column that is learned, "" where there is none.
        columns: names of the columns that its data has; None where that is not known yet.
        url: what the address of a file must lie below, "" where none may be named.
        quiet_s, min_new_rows: when events start a run; `quiet_s` is None where they start none.
    """

    user_id: str
    pipeline_id: str
    target: str = ""
    columns: frozenset[str] | None = None
    url: str = ""
    quiet_s: float | None = None
    min_new_rows: int = 0


Document = Any
"""The value of a JSON text."""
