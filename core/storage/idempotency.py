"""The same request twice makes one thing: `Idempotency-Key`."""

from __future__ import annotations

from core.domain.ids import now
from core.errors import Conflict, Invalid
from core.ports import Tables
from core.storage import rows

MAX_KEY_LENGTH = 200


def reserved(tables: Tables, user_id: str, kind: str, key: str | None, body_sha256: str) -> str | None:
    """Return the id that this request was given before, None if it is new.

    Raises Conflict if the key came with another body before.
    """
    if key is None:
        return None
    raw = tables.get(_row(user_id, kind, key))
    if raw is None:
        return None
    earlier = rows.load_json(raw)
    if earlier["body_sha256"] != body_sha256:
        raise Conflict("IDEMPOTENCY_KEY_REUSED", "This Idempotency-Key was used with a different body: use a new key.")
    return str(earlier["id"])


def reserve(tables: Tables, user_id: str, kind: str, key: str | None, body_sha256: str, id: str) -> tuple[str, bool]:
    """Reserve an id for what the request makes; return the id, and whether it is the given, new one.

    The row comes before what it names, and after everything that may refuse the request: a crash in between leaves a
    reservation under which the repeated request makes the thing after all. Raises Conflict if the key came with another
    body before.
    """
    if key is None:
        return id, True
    mine = {"id": id, "body_sha256": body_sha256, "at": now()}
    if tables.put_if_absent(_row(user_id, kind, key), rows.dump(mine)):
        return id, True
    earlier = reserved(tables, user_id, kind, key, body_sha256)
    if earlier is None:  # It expired in this instant.
        return reserve(tables, user_id, kind, key, body_sha256, id)
    return earlier, False


def _row(user_id: str, kind: str, key: str) -> str:
    if not 1 <= len(key) <= MAX_KEY_LENGTH:
        raise Invalid("BAD_IDEMPOTENCY_KEY", f"An Idempotency-Key has 1 to {MAX_KEY_LENGTH} characters.")
    return rows.key("idempotency", user_id, kind, rows.digest(key))
