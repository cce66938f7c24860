"""Tell of what has changed at an endpoint: of each line of its log of changes, and of each new version.

A change is one write, and the telling comes after it. So an intent is written before: where a request ends in between,
the sweeper tells of all that has happened since then. Whoever tells of the same twice tells once.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict, dataclass
from itertools import takewhile

from core.domain.endpoints import Change, Endpoint, EndpointVersion
from core.domain.ids import new_id
from core.endpoints.changes import ChangeLog
from core.endpoints.version_rows import VersionRows
from core.errors import Unavailable
from core.notifications.notifications import Notifications
from core.ports import Row, Tables
from core.storage import rows

KIND = "announcement"
OF_A_CHANGE = (
    "seq", "at", "by", "action", "alias", "from_version", "to_version", "why", "run", "evaluation",
    "aliases", "traffic", "lookup",
)  # fmt: skip
OF_A_VERSION = ("version", "model_id", "created_at", "by", "note", "why", "run")


@dataclass(frozen=True)
class Intent:
    """What an endpoint's newest change and version were before something was done.

    Attributes:
        version: None if no version was to be added.
    """

    endpoint_id: str
    seq: int
    version: int | None = None


class Announcements:
    """Tells of changes and versions."""

    def __init__(self, tables: Tables, notifications: Notifications) -> None:
        self.tables = tables
        self.notifications = notifications
        self.log = ChangeLog(tables)
        self.versions = VersionRows(tables)

    def begin(self, endpoint: Endpoint, newest_version: int | None = None) -> Row:
        """Write the intent to tell of whatever is done from now on; return it for `end` or `drop`.

        It is left where it is unknown what was done, as when the tables fail.
        """
        key = rows.key(KIND, endpoint.user_id, endpoint.name, new_id())
        row = Row(key, rows.dump(Intent(endpoint.id, endpoint.seq, newest_version)))
        self.tables.put(row.key, row.value)
        return row

    def end(self, row: Row, endpoint: Endpoint | None) -> None:
        """Tell of what has happened since the intent; if the tables fail, the sweeper does."""
        with suppress(Unavailable):
            self.resume(row, endpoint)

    def drop(self, row: Row) -> None:
        """Delete the intent, as nothing was done."""
        with suppress(Unavailable):
            self.tables.delete(row.key)

    def resume(self, row: Row, endpoint: Endpoint | None) -> None:
        """Tell of what has happened since an intent, to the endpoint that has its name now."""
        intent = rows.load(Intent, row.value)
        if endpoint is not None and endpoint.id == intent.endpoint_id:
            if intent.version is not None:
                for number in range(intent.version + 1, self.versions.newest(endpoint) + 1):
                    if version := self.versions.find(endpoint, number):
                        self._version(version)
            since = takewhile(lambda change: change.seq > intent.seq, self.log.newest_first(endpoint))
            for change in reversed(list(since)):
                self._change(endpoint, change)
        self.tables.delete(row.key)

    def _change(self, endpoint: Endpoint, change: Change) -> None:
        said = asdict(change)
        self.notifications.emit(
            endpoint.user_id, change.action, {name: said[name] for name in OF_A_CHANGE},
            id=f"change/{endpoint.id}/{change.seq}", endpoint=endpoint.name,
        )  # fmt: skip

    def _version(self, version: EndpointVersion) -> None:
        said = asdict(version)
        self.notifications.emit(
            version.user_id, "version.created", {name: said[name] for name in OF_A_VERSION},
            id=f"version/{version.endpoint_id}/{version.version}", endpoint=version.endpoint,
        )  # fmt: skip
