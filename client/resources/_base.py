"""Share what the groups of calls have in common: a transport, and paths made of ids."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeAlias
from urllib.parse import quote

from ..http.transport import Transport
from ..types.jobs import Event

OnEvent: TypeAlias = Callable[[Event], object]


class Identified(Protocol):
    """Require a record to have an id."""

    @property
    def id(self) -> str:
        """Return the id."""


class Resource:
    """Group the calls of one noun of the API, over a transport that all groups share."""

    _transport: Transport


def id_of(thing: str | Identified) -> str:
    """Return the id of a record, or the id itself."""
    return thing if isinstance(thing, str) else thing.id


def resource_path(collection: str, thing: str | Identified, *more: str) -> str:
    """Return a path such as `/models/{id}/predict`; each part is quoted, so that it cannot lead out of its segment."""
    return "/".join([f"/{collection}", *(quote(part, safe="") for part in (id_of(thing), *more))])


def options_given(**options: Any) -> dict[str, Any]:
    """Return the options that were given: those that are not None."""
    return {name: value for name, value in options.items() if value is not None}


def query_of(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options as the parameters of a query."""
    return {name: str(value).lower() if isinstance(value, bool) else value for name, value in options.items()}
