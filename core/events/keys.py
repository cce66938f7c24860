"""Keys of the rows of events.

| row | holds |
|---|---|
| `hook#<public half of the token>` | where events of a pipeline may be sent to |
| `incoming#user#pipeline#<digest of its name>` | an event; the row is created once, and makes it count |
| `unsealed#user#pipeline#<the same>` | that its data may be in no segment yet; it promises nothing by itself |
| `eventsegment#user#pipeline#<number, the newest first>` | data of events that was put together |
| `eventcursor#user#pipeline` | up to which segment events have started runs |

An event's `unsealed` row is written before its `incoming` row, and deleted after a segment has it: a crash leaves one
too many, never one too few.
"""

from __future__ import annotations

from core.storage import rows

HOOK = "hook"
INCOMING = "incoming"
UNSEALED = "unsealed"
SEGMENT = "eventsegment"
CURSOR = "eventcursor"
OF_A_PIPELINE = (UNSEALED, INCOMING, SEGMENT, CURSOR)
"""Kinds `kind#user#pipeline...`, in the order in which they are deleted."""
DUE_KIND = "event"

_LAST = 999_999_999


def hook_key(public: str) -> str:
    """Return the key of the hook with this public half."""
    return rows.key(HOOK, public)


def incoming_key(user_id: str, pipeline_id: str, id: str) -> str:
    """Return the key of an event."""
    return rows.key(INCOMING, user_id, pipeline_id, id)


def unsealed_key(user_id: str, pipeline_id: str, id: str) -> str:
    """Return the key of the row that says that an event may be in no segment yet."""
    return rows.key(UNSEALED, user_id, pipeline_id, id)


def segment_key(user_id: str, pipeline_id: str, number: int) -> str:
    """Return the key of a segment."""
    return rows.key(SEGMENT, user_id, pipeline_id, _LAST - number)


def cursor_key(user_id: str, pipeline_id: str) -> str:
    """Return the key of the row that says which events have started runs."""
    return rows.key(CURSOR, user_id, pipeline_id, "events")


def blobs_prefix(user_id: str, pipeline_id: str) -> str:
    """Return what the names of all blobs of a pipeline's events begin with."""
    return f"{user_id}/events/{pipeline_id}/"
