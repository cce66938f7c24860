"""The same request twice makes one thing: `Idempotency-Key`."""

from __future__ import annotations

from core import rows
from core.errors import Conflict, Invalid
from core.ids import now
from core.ports import Tables

MAX_KEY_LENGTH = 200


def reserve(tables: Tables, user_id: str, kind: str, key: str | None, body_sha256: str, id: str) -> tuple[str, bool]:
    """The id of what the request makes, and whether it is the given, new one.

    The row comes before what it names: a crash in between leaves a reservation under which the repeated request
    makes the thing after all. Raises Conflict when the key came with another body before.
    """
    if key is None:
        return id, True
    if not 1 <= len(key) <= MAX_KEY_LENGTH:
        raise Invalid("BAD_IDEMPOTENCY_KEY", f"An Idempotency-Key has 1 to {MAX_KEY_LENGTH} characters.")
    row = rows.key("idem", user_id, kind, rows.digest(key))
    mine = {"id": id, "body_sha256": body_sha256, "at": now()}
    if tables.put_if_absent(row, rows.dump(mine)):
        return id, True
    raw = tables.get(row)
    if raw is None:  # Expired in this instant.
        return reserve(tables, user_id, kind, key, body_sha256, id)
    earlier = rows.load_json(raw)
    if earlier["body_sha256"] != body_sha256:
        raise Conflict(
            "IDEMPOTENCY_KEY_REUSED", "This Idempotency-Key came with another body before: use a new key for it."
        )
    return str(earlier["id"]), False


def release(tables: Tables, user_id: str, kind: str, key: str | None) -> None:
    """Forget a reservation under which nothing was made."""
    if key is not None:
        tables.delete(rows.key("idem", user_id, kind, rows.digest(key)))
