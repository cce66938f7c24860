"""Records of endpoints: names under which versions of a model are served.

They are records like those of `core.domain.records`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from core.domain.records import Json

CHAMPION = "champion"
"""The alias of the version that answers whatever the traffic split leaves over."""

MAX_KEY_LENGTH = 200
"""Characters of the caller's own name for a row."""

Sticky = Literal["key", "request"]
Runtime = Literal["auto", "engine"]


@dataclass(frozen=True)
class Traffic:
    """How the requests of an endpoint are shared out.

    Attributes:
        split: alias -> share of the requests, in (0, 1); the rest is the champion's.
        sticky: what decides on the share of a row: the caller's own key for it, or each request anew.
        shadow: aliases that predict as well, and whose answers nobody waits for.
    """

    split: dict[str, float] = field(default_factory=dict)
    sticky: Sticky = "request"
    shadow: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Endpoint:
    """An endpoint: one fenced row, whose every write is a check-and-mutate on its exact old bytes.

    Attributes:
        id: of this one of all endpoints that have had its name; rows of an earlier one count for nothing.
        revision: grows by one with every change of the row; the ETag of the endpoint.
        aliases: alias -> number of a version; `champion` is what is served.
        history: the newest changes, oldest first, as `Change` rows; older ones have rows of their own.
        seq: number of the newest change.
        log: {sample, days, columns, durable}: which requests are kept, once they are.
        runtime: whether a version's ONNX export may answer for it.
        messages: whether it predicts what comes by message, too.
        lookup: {source_id, by} of the sources in which columns are looked up that a request lacks; `by` is the column
            that names the key, or a list of them.
        retired: versions that are being deleted, until their own rows say so.
        creating: its name is reserved; it is not there yet.
        deleting: its tombstone.
    """

    name: str
    user_id: str
    created_at: str
    revision: int = 1
    aliases: dict[str, int] = field(default_factory=dict)
    traffic: Traffic = field(default_factory=Traffic)
    history: list[Json] = field(default_factory=list)
    seq: int = 0
    note: str = ""
    log: Json = field(default_factory=dict)
    runtime: Runtime = "auto"
    messages: bool = False
    lookup: list[Json] = field(default_factory=list)
    id: str = ""
    retired: list[int] = field(default_factory=list)
    creating: bool = False
    deleting: bool = False


@dataclass(frozen=True)
class Change:
    """A line of an endpoint's log of changes: what was done, and the whole state after it.

    Attributes:
        seq: number of the change; there is no gap.
        id: tells it from one that is the same in all else.
        by: `user/ID`, `key/ID` or `pipeline/ID/run/N`.
        action: `endpoint.create`, `alias.set`, `alias.delete`, `traffic.set`, `lookup.set` or `rollback`.
        from_version, to_version: of the alias; None where there was, or is, none.
        why: in words.
        figures: what the decision rests on.
        lookup: what is looked up since; None for a change that leaves it as it is.
    """

    seq: int
    at: str
    by: str
    action: str
    aliases: dict[str, int]
    traffic: Traffic
    alias: str | None = None
    from_version: int | None = None
    to_version: int | None = None
    why: str = ""
    run: str | None = None
    evaluation: str | None = None
    figures: Json = field(default_factory=dict)
    id: str = ""
    lookup: list[Json] | None = None


@dataclass(frozen=True)
class Decision:
    """Who decided on a change, and what it rests on: `Change` says what each is."""

    by: str
    why: str = ""
    run: str | None = None
    evaluation: str | None = None
    figures: Json = field(default_factory=dict)


@dataclass(frozen=True)
class NewVersion:
    """What is said of a model when it becomes a version: `EndpointVersion` says what each is."""

    model_id: str
    by: str
    note: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    why: str = ""
    run: str | None = None
    gate: Json | None = None
    decision: Json | None = None
    has_own_decision: bool = False
    """Whether `decision` holds, and be it None; else the model's is taken."""


@dataclass(frozen=True)
class EndpointVersion:
    """A numbered version of an endpoint: a model that never changes. Its row is created once, and is never deleted.

    Attributes:
        endpoint_id: the one of the endpoints of that name that it belongs to.
        id: tells it from one that is the same in all else.
        signature: {task, target, labels, features: [{name, type, required}]} of the model, for the check at the next.
        gate: what a comparison with the champion has shown.
        decision: {positive, threshold, gains, why}: how a label is answered; promotion and rollback carry it.
        deleted: it is no more; its row stays, so that its number is not given again.
    """

    endpoint: str
    user_id: str
    version: int
    model_id: str
    created_at: str
    by: str
    note: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    why: str = ""
    run: str | None = None
    gate: Json | None = None
    signature: Json = field(default_factory=dict)
    endpoint_id: str = ""
    id: str = ""
    deleted: bool = False
    decision: Json | None = None
