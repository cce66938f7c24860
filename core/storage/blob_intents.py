"""Blobs are announced before they are written, so that none outlives a crash unowned.

An intent names the blob (or a prefix of blobs) and the row that will name it. The writer takes the intent away once
that row stands; what is left after a day is the sweeper's: kept when its row names it, deleted otherwise.

A removal is the intent of blobs whose rows are about to name them no more: they are deleted after that, and the intent
taken away. Whoever has to know that nothing is left need not wait for the sweeper: `settle_removals`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.domain.ids import new_id, now
from core.ports import Blobs, Tables
from core.storage import rows

REMOVAL = "removal"


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


def record_removals(tables: Tables, user_id: str, about: str, owners: Mapping[str, str]) -> list[str]:
    """Announce that these blobs, of the rows `owners`, are about to be deleted; return the keys for `confirm_removals`.

    `about` is the id of what they belong to.
    """
    at = now()
    found = {
        rows.key("intent", REMOVAL, user_id, about, new_id()): rows.dump(Intent(blob, owner, at))
        for blob, owner in owners.items()
    }
    tables.put_many(found)
    return list(found)


def confirm_removals(tables: Tables, keys: list[str]) -> None:
    """Delete the intents, as the blobs are deleted."""
    tables.delete_many(keys)


def settle_removals(tables: Tables, blobs: Blobs, user_id: str, about: str) -> None:
    """Delete the blobs that a crash has left between their rows and their removal."""
    for row in rows.scan_all(tables, rows.prefix("intent", REMOVAL, user_id, about)):
        intent = rows.load(Intent, row.value)
        if not _is_named(intent, tables.get(intent.owner)):
            blobs.delete(intent.blob)
            tables.delete(row.key)


def garbage_collect(tables: Tables, blobs: Blobs, key: str, intent: Intent) -> None:
    """Settle an old intent: keep the blob if its row names it, delete it otherwise.

    The intent of blobs that are still needed stays.
    """
    raw = tables.get(intent.owner)
    if raw is not None and intent.blob.endswith("/"):
        return
    if not _is_named(intent, raw):
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


def _is_named(intent: Intent, owner: bytes | None) -> bool:
    return owner is not None and f'"{intent.blob}"'.encode() in owner
