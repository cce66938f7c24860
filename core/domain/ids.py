"""Ids (opaque, url-safe, newest first in key order, impossible to guess) and timestamps."""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from datetime import UTC, datetime, timedelta

_LAST_MS = (1 << 48) - 1


def new_id() -> str:
    """Return a new id: 18 characters of base32hex.

    They are 48 bits of reversed milliseconds, so that a forward scan yields the newest first, then 40 random bits.
    """
    reversed_ms = _LAST_MS - time.time_ns() // 1_000_000
    raw = reversed_ms.to_bytes(6, "big") + secrets.token_bytes(5)
    return base64.b32hexencode(raw).decode().rstrip("=").lower()


def rfc3339(at: datetime) -> str:
    """Format a time with a zone as rows and responses have it: UTC with milliseconds, so that text order is time order.

    It is for people to read, and for ages in days: leases never compare it.
    """
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def timestamp_before(age: timedelta) -> str:
    """Format the wall clock's time at `age` before now."""
    return rfc3339(datetime.now(UTC) - age)


def now() -> str:
    """Format the present time of the wall clock."""
    return timestamp_before(timedelta())


def derived_id(id: str, purpose: str) -> str:
    """Return an id that follows from another and a purpose: made twice it is the same. It sorts beside the other."""
    raw = base64.b32hexdecode(id.upper() + "=" * (-len(id) % 8))
    tail = hashlib.sha256(f"{id} {purpose}".encode()).digest()[:5]
    return base64.b32hexencode(raw[:6] + tail).decode().rstrip("=").lower()


def wall_clock() -> datetime:
    """Return the present time of the wall clock, in UTC."""
    return datetime.now(UTC)
