"""Ids: opaque, url-safe, newest first in key order, never guessed."""

from __future__ import annotations

import base64
import secrets
import time
from datetime import UTC, datetime

_LAST_MS = (1 << 48) - 1


def new_id() -> str:
    """18 characters of base32hex: 48 bits of reversed milliseconds, so that a forward scan meets the newest first,
    then 40 random bits."""
    reversed_ms = _LAST_MS - time.time_ns() // 1_000_000
    raw = reversed_ms.to_bytes(6, "big") + secrets.token_bytes(5)
    return base64.b32hexencode(raw).decode().rstrip("=").lower()


def now() -> str:
    """The wall clock as RFC 3339 UTC with milliseconds. For people to read: leases never compare it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
