"""The rows of windows: the figures of each, and apart from them all that was found, packed.

Their keys sort the newest first, by when they end; so the newest are read without the others, and those that are too
old lie at the end.
"""

from __future__ import annotations

import base64
import gzip
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import orjson

from core.domain.endpoints import Endpoint
from core.domain.ids import rfc3339
from core.domain.monitoring import Window
from core.domain.records import Json, TaskRef
from core.monitoring.spans import MAX_DAYS
from core.ports import Tables
from core.storage import rows
from core.storage.rows import Page

MONITOR = "monitor"
"""Name of the kind of task that works a window out."""
_LAST_S = 9_999_999_999
_STAMP = "%Y%m%dT%H%M%SZ"
_ID = re.compile(r"(?:.*-)?(\d{8}T\d{6}Z)-(\d{8}T\d{6}Z)")
MAX_SCANNED = 3000
"""Windows that are looked through for one with a given begin."""


class WindowRows:
    """Reads and writes the rows of windows."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables

    def find(self, endpoint: Endpoint, start: datetime, end: datetime) -> Window | None:
        """Return the window, None if there is none."""
        return self.read(endpoint, start, end)[1]

    def read(self, endpoint: Endpoint, start: datetime, end: datetime) -> tuple[bytes | None, Window | None]:
        """Return the row's bytes, and the window if it is this endpoint's."""
        raw = self.tables.get(key(endpoint, start, end))
        return raw, _own(endpoint, raw)

    def write(self, endpoint: Endpoint, window: Window, raw: bytes | None) -> bool:
        """Write the window if its row still has these bytes; return whether it was written."""
        return rows.write_once(self.tables, key_of(endpoint, window), rows.dump(window), raw)

    def starting(self, endpoint: Endpoint, start: datetime, likely_end: datetime) -> Window | None:
        """Return the window that begins then, the longest if there are several; one with that end is found at once."""
        if window := self.find(endpoint, start, likely_end):
            return window
        newest = start + timedelta(days=MAX_DAYS + 1)
        for looked, window in enumerate(self.newest_first(endpoint, newest)):
            if datetime.fromisoformat(window.end) <= start or looked >= MAX_SCANNED:
                return None
            if datetime.fromisoformat(window.start) == start:
                return window
        return None

    def newest_first(self, endpoint: Endpoint, until: datetime | None = None, size: int = 20) -> Iterator[Window]:
        """Yield all windows, or those that end by `until`."""
        start = rows.prefix("window", endpoint.user_id, endpoint.name)
        after = None if until is None else start + _inverted(until)
        for row in rows.scan_all(self.tables, start, after, size):
            if window := _own(endpoint, row.value):
                yield window

    def page(
        self, endpoint: Endpoint, from_: datetime | None, to: datetime | None, size: int, after: str | None = None
    ) -> Page[Window]:
        """Return a page of the windows that end after `from_` and by `to`, the newest first."""
        start = rows.prefix("window", endpoint.user_id, endpoint.name)
        if after is None and to is not None:
            after = _inverted(to)
        oldest = None if from_ is None else rfc3339(from_)
        found: list[tuple[str, Window]] = []
        for row in rows.scan_all(self.tables, start, None if after is None else start + after, size + 1):
            window = _own(endpoint, row.value)
            if window is None:
                continue
            if oldest is not None and window.end <= oldest:
                break
            found.append((row.key.removeprefix(start), window))
            if len(found) > size:
                return Page([window for _, window in found[:size]], found[size - 1][0])
        return Page([window for _, window in found], None)

    def older(self, endpoint: Endpoint, limit: datetime, most: int) -> list[Window]:
        """Return windows that ended before a time, the newest of them first."""
        start = rows.prefix("window", endpoint.user_id, endpoint.name)
        found = self.tables.scan(start, most, start + _inverted(limit))
        return [window for row in found if (window := _own(endpoint, row.value))]

    def delete(self, endpoint: Endpoint, window: Window) -> None:
        """Delete a window: what was found first."""
        self.delete_details(endpoint, window)
        self.tables.delete(key_of(endpoint, window))

    def write_detail(self, endpoint: Endpoint, window: Window, found: Json) -> None:
        """Write all that was found in this revision of the window."""
        packed = base64.b64encode(gzip.compress(orjson.dumps(found), 6, mtime=0)).decode()
        self.tables.put(_detail_key(endpoint, window), rows.dump({"endpoint_id": endpoint.id, "gzip": packed}))

    def detail(self, endpoint: Endpoint, window: Window) -> Json:
        """Return all that was found in the window when it was last worked out; {} if nothing was."""
        raw = self.tables.get(_detail_key(endpoint, replace(window, revision=window.worked_revision)))
        detail = None if raw is None else rows.load_json(raw)
        if detail is None or detail["endpoint_id"] != endpoint.id:
            return {}
        found: Json = orjson.loads(gzip.decompress(base64.b64decode(detail["gzip"])))
        return found

    def delete_details(self, endpoint: Endpoint, window: Window, but: int | None = None) -> None:
        """Delete what was found in the window, but for one revision."""
        kept = None if but is None else _detail_key(endpoint, replace(window, revision=but))
        for row in rows.scan_all(self.tables, _detail_prefix(endpoint, window)):
            if row.key != kept:
                self.tables.delete(row.key)


def key(endpoint: Endpoint, start: datetime, end: datetime) -> str:
    """Return the key of a window's row."""
    return rows.key("window", endpoint.user_id, endpoint.name, f"{_inverted(end)}{int(start.timestamp()):010d}")


def key_of(endpoint: Endpoint, window: Window) -> str:
    """Return the key of a window's row."""
    return key(endpoint, datetime.fromisoformat(window.start), datetime.fromisoformat(window.end))


def _detail_prefix(endpoint: Endpoint, window: Window) -> str:
    return key_of(endpoint, window).replace("window#", "window_detail#", 1) + "#"


def _detail_key(endpoint: Endpoint, window: Window) -> str:
    return f"{_detail_prefix(endpoint, window)}{window.revision:09d}"


def window_id(name: str, start: str, end: str) -> str:
    """Return a window's id, `name-start-end`."""
    return f"{name}-{stamp(start)}-{stamp(end)}"


def stamp(at: str) -> str:
    """Return a time in the short form that ids have."""
    return datetime.fromisoformat(at).astimezone(UTC).strftime(_STAMP)


def times_of(id: str) -> tuple[datetime, datetime] | None:
    """Return begin and end of the window with this id, None if it is none."""
    found = _ID.fullmatch(id)
    try:
        return (_time(found[1]), _time(found[2])) if found else None
    except ValueError:  # A 30th of February.
        return None


def task_ref(endpoint: Endpoint, window: Window) -> TaskRef:
    """Return the reference of the task that works out this revision of the window."""
    id = f"{endpoint.name}.{endpoint.id}.{stamp(window.start)}.{stamp(window.end)}.r{window.revision}"
    return TaskRef(MONITOR, endpoint.user_id, id)


def parts_of(ref: TaskRef) -> tuple[str, str, datetime, datetime, int]:
    """Return name and id of the endpoint, begin, end and revision of the window that the task is for."""
    name, endpoint_id, start, end, revision = ref.id.rsplit(".", 4)
    return name, endpoint_id, _time(start), _time(end), int(revision.removeprefix("r"))


def _time(text: str) -> datetime:
    return datetime.strptime(text, _STAMP).replace(tzinfo=UTC)


def _inverted(at: datetime) -> str:
    return f"{_LAST_S - int(at.timestamp()):010d}"


def _own(endpoint: Endpoint, raw: bytes | None) -> Window | None:
    window = None if raw is None else rows.load(Window, raw)
    return window if window is not None and window.endpoint_id == endpoint.id else None
