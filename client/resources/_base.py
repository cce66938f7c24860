"""What the groups of calls (accounts, datasets, jobs, models) share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias
from urllib.parse import quote

from ..http.transport import Transport
from ..types.jobs import Event

OnEvent: TypeAlias = Callable[[Event], object]


class Identified(Protocol):
    """A record with an id."""

    @property
    def id(self) -> str:
        """Its id."""


class Resource:
    """A group of calls over one transport."""

    _transport: Transport


def id_of(thing: str | Identified) -> str:
    """The id of a record, or the id itself."""
    return thing if isinstance(thing, str) else thing.id


def resource_path(collection: str, thing: str | Identified, *more: str) -> str:
    """A path such as `/models/{id}/predict`; an id can never lead out of its segment."""
    return "/".join([f"/{collection}", quote(id_of(thing), safe=""), *more])
