"""Blobs are announced before they are written, so that none outlives a crash unowned.

An intent names the blob (or a prefix of blobs) and the row that will name it. The writer takes the intent away once
that row stands; what is left after a day is the sweeper's: kept when its row names it, deleted otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.domain.ids import new_id, now
from core.ports import Blobs, Tables
from core.storage import rows


@dataclass(frozen=True)
class Intent:
    """An announcement that `blob` will be named by the row `owner`.

    If `blob` is a prefix ending in `/`, all blobs below it are needed as long as that row exists. The row `row`
    describes the blob and is deleted with it; one that describes the owner is `kept_by_owner`, whichever its blob.
    """

    blob: str
    owner: str
    at: str
    row: str = ""
    kept_by_owner: bool = False


def record(tables: Tables, blob: str, owner: str, row: str = "", *, kept_by_owner: bool = False) -> str:
    """Announce that the blob is about to be written; return the intent's key, for `confirm`."""
    key = rows.key("intent", new_id())
    tables.put(key, rows.dump(Intent(blob, owner, now(), row, kept_by_owner)))
    return key


def confirm(tables: Tables, key: str) -> None:
    """Delete the intent, as the row that owns the blob is written."""
    tables.delete(key)


def garbage_collect(tables: Tables, blobs: Blobs, key: str, intent: Intent) -> None:
    """Settle an old intent: keep the blob if its row names it, delete it otherwise.

    The intent of blobs that are still needed stays.
    """
    raw = tables.get(intent.owner)
    if raw is not None and intent.blob.endswith("/"):
        return
    if raw is None or f'"{intent.blob}"'.encode() not in raw:
        delete_blobs(blobs, intent.blob)
        if intent.row and (raw is None or not intent.kept_by_owner):
            tables.delete(intent.row)
    tables.delete(key)


def delete_blobs(blobs: Blobs, blob: str) -> None:
    """Delete a blob, or all blobs below a prefix that ends in `/`."""
    if blob.endswith("/"):
        for name in list(blobs.names(blob)):
            blobs.delete(name)
    else:
        blobs.delete(blob)
