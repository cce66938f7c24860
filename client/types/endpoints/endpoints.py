"""Describe endpoints: names under which versions of a model are served."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from ..base import Record
from ..decisions import DecisionRule

# Alias of the version that answers whatever the traffic split leaves over.
CHAMPION = "champion"


@dataclass(frozen=True)
class Traffic(Record):
    """Say how the requests of an endpoint are shared out among its aliases.

    Attributes:
        split: Share of the requests by alias, between 0 and 1; the champion gets the rest.
        sticky: What decides on the share of a row: `key`, the caller's own key for it, or `request`, each anew.
        shadow: Aliases that predict as well, and whose answers nobody waits for.

    Example:
        >>> traffic = client.create_endpoint("of-traffic", model).info().traffic
        >>> traffic.split, traffic.shadow
        ({}, ())
        >>> client.endpoint("of-traffic").delete()
    """

    split: dict[str, float] = field(default_factory=dict)
    sticky: str = "request"
    shadow: tuple[str, ...] = ()


@dataclass(frozen=True)
class EndpointInfo(Record):
    """Describe an endpoint as it is now.

    Attributes:
        name: Name of the endpoint.
        created_at: Time at which it was made, in UTC.
        revision: Number that grows with every change of the endpoint.
        aliases: Number of a version by alias; `champion` is what is served.
        model_id: Id of the champion's model; None while there is no champion.
        traffic: How requests are shared out.
        health: ok, drifting, failing, or quiet while nothing is served or nobody calls; None where the server does not
            say.
        note: What it is for, in the user's words.
        lookup: Sources in which columns are looked up that a request lacks, each as {source_id, by, state, …}.
        newest_change: Newest line of its log.
        log: Which requests are to be kept: {sample, days, columns, durable}.
        kept: What becomes of that on this server, in words too: {on, days, detail}.

    Example:
        >>> info = client.create_endpoint("of-info", model, note="Who smokes?").info()
        >>> info.champion, info.model_id == model.id, info.note
        (1, True, 'Who smokes?')
        >>> client.endpoint(info).delete()
    """

    name: str
    created_at: datetime | None = None
    revision: int = 0
    aliases: dict[str, int] = field(default_factory=dict)
    model_id: str | None = None
    traffic: Traffic = Traffic()
    health: str | None = None
    note: str = ""
    lookup: tuple[dict[str, Any], ...] = ()
    newest_change: Change | None = None
    log: dict[str, Any] = field(default_factory=dict)
    kept: dict[str, Any] = field(default_factory=dict)

    @property
    def champion(self) -> int | None:
        """Return the number of the version that is served; None while there is none."""
        return self.aliases.get(CHAMPION)


@dataclass(frozen=True)
class EndpointVersion(Record):
    """Describe a numbered version of an endpoint: a model that never changes.

    Attributes:
        version: Number of the version, from 1.
        model_id: Id of the model.
        created_at: Time at which it was registered, in UTC.
        by: Who registered it: `user/ID`, `key/ID` or `pipeline/ID/run/N`.
        note: What is new in it, in the user's words.
        tags: Labels of the user's own.
        why: Why it was registered.
        signature: What the model reads and predicts, as {task, target, labels, features}.
        decision: Rule by which it answers one of two labels, None if it answers as the model was trained.

    Example:
        >>> endpoint = client.create_endpoint("of-versions", model)
        >>> [(version.version, version.model_id == model.id) for version in endpoint.versions()]
        [(1, True)]
        >>> endpoint.delete()
    """

    version: int
    model_id: str | None = None
    created_at: datetime | None = None
    by: str = ""
    note: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    why: str = ""
    signature: dict[str, Any] = field(default_factory=dict)
    decision: DecisionRule | None = None


@dataclass(frozen=True)
class Change(Record):
    """Describe one line of an endpoint's log of changes: what was done, and the whole state after it.

    Attributes:
        seq: Number of the change; there is no gap.
        at: Time of the change, in UTC.
        by: Who did it: `user/ID`, `key/ID` or `pipeline/ID/run/N`.
        action: `endpoint.create`, `alias.set`, `alias.delete`, `traffic.set`, `lookup.set` or `rollback`.
        alias: The alias that was moved, None if none was.
        from_version: The version that it named before, None if there was none.
        to_version: The version that it names since, None if there is none.
        why: Why, in the words of who did it.
        aliases: Number of a version by alias, after the change.
        traffic: How requests were shared out after the change.
        lookup: Sources in which columns are looked up since; empty where the change is about something else.

    Example:
        >>> endpoint = client.create_endpoint("of-changes")
        >>> endpoint.promote(model, why="First model").champion
        1
        >>> change = next(endpoint.changes())
        >>> change.action, change.alias, change.to_version, change.why
        ('alias.set', 'champion', 1, 'First model')
        >>> endpoint.delete()
    """

    seq: int
    at: datetime | None = None
    by: str = ""
    action: str = ""
    alias: str | None = None
    from_version: int | None = None
    to_version: int | None = None
    why: str = ""
    aliases: dict[str, int] = field(default_factory=dict)
    traffic: Traffic = Traffic()
    lookup: tuple[dict[str, Any], ...] = ()

    @classmethod
    def from_json(cls, data: Any) -> Self:
        """Make the record; `from` and `to` of the JSON are no names for attributes in Python."""
        if not isinstance(data, dict):
            return super().from_json(data)
        record = super().from_json({**data, "from_version": data.get("from"), "to_version": data.get("to")})
        object.__setattr__(record, "raw", data)
        return record
