"""Take events in: once, however often each is delivered.

What makes an event count is one row, created once under the digest of its name, with its data in it; data that is too
large for a row is a blob that the row names. So an event is there whole, or not at all, and whoever was not told that
it is there sends it again.
"""

from __future__ import annotations

import gzip
import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from core.domain.events import Event, Incoming, Receipt, Recipient
from core.domain.ids import now, rfc3339
from core.errors import BlobExists, Invalid
from core.events import event_rows, keys
from core.events.addresses import is_below
from core.events.room import Room
from core.ports import Ports
from core.storage import blob_intents, due_rows, rows
from core.storage.due_rows import Due

INLINE_BYTES = 32 * 1024
"""Size of data up to which it stands in the event's row."""
SAME_BODY_S = 60
"""Seconds for which an equal body is the same event, where nothing names it."""
LOOK_S = 60
"""Seconds after which the sweeper looks at events at the latest."""
PACKING_LEVEL = 3


class Intake:
    """Writes what comes."""

    def __init__(self, ports: Ports, room: Room) -> None:
        self.tables = ports.tables
        self.blobs = ports.blobs
        self.room = room

    def receive(self, to: Recipient, events: Sequence[Event]) -> list[Receipt]:
        """Keep events, durably on return. Raises Unavailable: then all are to be sent again, and count once.

        Raises Invalid URL_NOT_BELOW_SOURCE, Conflict QUOTA_EXCEEDED: then none is kept.
        """
        for event in events:
            _check_url(to, event)
        self.room.check(to.user_id, sum(len(line) for event in events for line in event_rows.lines_of(event.rows)))
        return [self._receive(to, event) for event in events]

    def wake(self, user_id: str, pipeline_id: str, after_s: float = 0.0) -> None:
        """Have the sweeper look at a pipeline's events after some time."""
        at = rfc3339(datetime.now(UTC) + timedelta(seconds=after_s))
        due_rows.put(self.tables, Due(due_rows.minute_of(at), keys.DUE_KIND, user_id, pipeline_id))

    def _receive(self, to: Recipient, event: Event) -> Receipt:
        if event.confirmation is not None:
            return Receipt("confirmation")
        if not event.is_relevant or _is_elsewhere(to, event):
            return Receipt("ignored")
        id, known = self._find(to, event)
        lacking = sum(event_rows.is_lacking(row, to.target) for row in event.rows)
        known = known or self._create(to, event, id, lacking)
        if known is None or not known.segment:  # After the row: whoever looks then sees it.
            self.wake(to.user_id, to.pipeline_id, LOOK_S if to.quiet_s is None else min(LOOK_S, to.quiet_s))
        columns = event_rows.unknown_columns(event.rows, to.columns)
        return Receipt("accepted" if known is None else "duplicate", id, len(event.rows), columns, lacking)

    def _find(self, to: Recipient, event: Event) -> tuple[str, Incoming | None]:
        """Return the id of an event, and what is kept under it already."""
        if event.name:
            id = rows.digest(event.name)
            return id, self._read(to, id)
        at_s = datetime.now(UTC).timestamp()
        minute = int(at_s // SAME_BODY_S)
        before = rows.digest(f"body {event.digest} {minute - 1}")
        earlier = self._read(to, before)
        if earlier is not None and earlier.at > rfc3339(datetime.fromtimestamp(at_s - SAME_BODY_S, UTC)):
            return before, earlier
        id = rows.digest(f"body {event.digest} {minute}")
        return id, self._read(to, id)

    def _read(self, to: Recipient, id: str) -> Incoming | None:
        raw = self.tables.get(keys.incoming_key(to.user_id, to.pipeline_id, id))
        return None if raw is None else rows.load(Incoming, raw)

    def _create(self, to: Recipient, event: Event, id: str, lacking: int) -> Incoming | None:
        """Write the event; return the one that is there already, if somebody else was first."""
        lines = event_rows.lines_of(event.rows)
        size_bytes, at = sum(len(line) + 1 for line in lines), now()
        mine = Incoming(id, event.name, at, event.source, event.about, event.url, len(lines), lacking, size_bytes)
        key = keys.incoming_key(to.user_id, to.pipeline_id, id)
        unsealed = rows.dump({"at": at, "rows": len(lines), "bytes": size_bytes})
        self.tables.put(keys.unsealed_key(to.user_id, to.pipeline_id, id), unsealed)
        intent = None
        if size_bytes > INLINE_BYTES:
            mine = replace(mine, blob=f"{keys.blobs_prefix(to.user_id, to.pipeline_id)}{id}-{secrets.token_hex(4)}")
            intent = blob_intents.record(self.tables, mine.blob, key)
            self._write(mine.blob, lines)
        else:
            mine = replace(mine, lines=lines)
        is_first = rows.write_once(self.tables, key, rows.dump(mine), None)
        if intent is not None:
            if not is_first:
                self.blobs.delete(mine.blob)
            blob_intents.confirm(self.tables, intent)
        return None if is_first else self._read(to, id) or mine

    def _write(self, blob: str, lines: Sequence[str]) -> None:
        packed = gzip.compress("".join(f"{line}\n" for line in lines).encode(), PACKING_LEVEL, mtime=0)
        try:
            self.blobs.write(blob, [packed])
        except BlobExists:  # An earlier try of this very call has landed: nobody else has this name.
            return


def _check_url(to: Recipient, event: Event) -> None:
    """Raise Invalid unless the file that its sender names lies where the pipeline's source is."""
    if event.url and not (to.url and is_below(event.url, to.url)):
        detail = "The url of an event must lie below the URL of the pipeline's source."
        raise Invalid("URL_NOT_BELOW_SOURCE", detail, [{"field": "url", "detail": detail}])


def _is_elsewhere(to: Recipient, event: Event) -> bool:
    """Return whether the event is of an object that the source, a bucket too, does not read."""
    scheme = to.url.partition("://")[0]
    return bool(scheme) and event.object_url.startswith(f"{scheme}://") and not is_below(event.object_url, to.url)
