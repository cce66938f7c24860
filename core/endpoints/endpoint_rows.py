"""The one row of an endpoint, and the one write that decides what it serves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import takewhile

from core.domain.endpoints import Change, Endpoint
from core.domain.ids import new_id
from core.endpoints.announcements import Announcements
from core.endpoints.changes import ChangeLog
from core.errors import NotFound, PreconditionFailed, RequestError, Unavailable
from core.ports import Tables
from core.storage import rows

Alter = Callable[[Endpoint], Endpoint]
Decide = Callable[[Endpoint], Change]


class EndpointRows:
    """Reads and writes the rows of endpoints."""

    def __init__(self, tables: Tables, announcements: Announcements) -> None:
        self.tables = tables
        self.announcements = announcements
        self.log = ChangeLog(tables)

    def find(self, user_id: str, name: str) -> Endpoint | None:
        """Return the endpoint, None if there is none or it is being made or deleted."""
        return self.read(user_id, name)[1]

    def get(self, user_id: str, name: str) -> Endpoint:
        """Return the endpoint; raises NotFound."""
        endpoint = self.find(user_id, name)
        if endpoint is None:
            raise NotFound("endpoint", name)
        return endpoint

    def read(self, user_id: str, name: str) -> tuple[bytes | None, Endpoint | None]:
        """Return the row's bytes, and the endpoint if it is there for its user."""
        raw = self.tables.get(key(user_id, name))
        endpoint = None if raw is None else rows.load(Endpoint, raw)
        return raw, endpoint if endpoint and is_there(endpoint) else None

    def current(self, user_id: str, name: str) -> Endpoint | None:
        """Return the endpoint that has the name, or is about to have it; None if none has."""
        raw = self.tables.get(key(user_id, name))
        endpoint = None if raw is None else rows.load(Endpoint, raw)
        return None if endpoint is None or endpoint.deleting else endpoint

    def is_current(self, endpoint: Endpoint) -> bool:
        """Return whether the name still is this endpoint's."""
        current = self.current(endpoint.user_id, endpoint.name)
        return current is not None and current.id == endpoint.id

    def alter(self, user_id: str, name: str, alter: Alter, if_revision: int | None = None) -> Endpoint:
        """Write what `alter` makes of the endpoint, one revision later. Doing so twice must do no harm.

        Raises NotFound, and PreconditionFailed if the revision is another than `if_revision`.
        """

        def altered(endpoint: Endpoint | None) -> Endpoint:
            if endpoint is None or not is_there(endpoint):
                raise NotFound("endpoint", name)
            check_revision(endpoint, if_revision)
            return replace(alter(endpoint), revision=endpoint.revision + 1)

        written = rows.update(self.tables, key(user_id, name), Endpoint, altered)
        assert written is not None
        return written

    def change(
        self, user_id: str, name: str, decide: Decide, if_revision: int | None = None,
        id: str | None = None, since: int | None = None,
    ) -> Endpoint:  # fmt: skip
        """Write a change of what is served, with its line in the log: both, or neither.

        Args:
            user_id: whose endpoint it is.
            name: of the endpoint.
            decide: takes the endpoint; returns the change, whose number and id are given here. What it looks up in
                other rows is newer than the endpoint it was given. It is called again whenever another writer was
                quicker; its exceptions end the change.
            if_revision: the revision that the caller has seen; None if any will do.
            id: of the change; one that the log has already, as the same request came before, is not made again.
            since: number of the newest change before the id was given; None if that is now.

        Raises NotFound, and PreconditionFailed if the revision is another.
        """
        intent = self.announcements.begin(self.get(user_id, name))
        try:
            after = self._change(user_id, name, decide, if_revision, id or new_id(), since)
        except RequestError:
            self.announcements.drop(intent)
            raise
        self.announcements.end(intent, after)
        return after

    def _change(
        self, user_id: str, name: str, decide: Decide, if_revision: int | None, id: str, since: int | None
    ) -> Endpoint:
        while True:
            raw, endpoint = self.read(user_id, name)
            if endpoint is None:
                raise NotFound("endpoint", name)
            since = endpoint.seq if since is None else since
            if self._has_landed(endpoint, since, id):
                return endpoint
            check_revision(endpoint, if_revision)
            after = self.log.append(endpoint, replace(decide(endpoint), id=id))
            try:
                if rows.compare_and_set(self.tables, key(user_id, name), rows.dump(after), raw):
                    return after
            except Unavailable:
                endpoint = self.find(user_id, name)
                if endpoint is None or not self._has_landed(endpoint, since, id):
                    raise
                return endpoint

    def _has_landed(self, endpoint: Endpoint, since: int, id: str) -> bool:
        """Return whether an earlier try was written, unheard, and others may have come on top of it."""
        lines = takewhile(lambda change: change.seq > since, self.log.newest_first(endpoint))
        return any(change.id == id for change in lines)


def is_there(endpoint: Endpoint) -> bool:
    """Return whether its user sees it."""
    return not endpoint.creating and not endpoint.deleting


def check_revision(endpoint: Endpoint, if_revision: int | None) -> None:
    """Raise PreconditionFailed CHANGED_MEANWHILE if the caller has seen another revision."""
    if if_revision not in (None, endpoint.revision):
        raise changed_meanwhile(endpoint.name)


def changed_meanwhile(name: str) -> PreconditionFailed:
    """Make the error for a change that rests on another state than the present one."""
    detail = f"The endpoint {name!r} was changed meanwhile. Read it again, then decide again."
    return PreconditionFailed("CHANGED_MEANWHILE", detail)


def key(user_id: str, name: str) -> str:
    """Return the key of an endpoint's row."""
    return rows.key("endpoint", user_id, name)
