"""The errors of the service. No other error leaves `core` or an adapter on purpose.

NoBrainsError
 ├── RequestError       the caller's mistake, worded for the caller
 │    ├── Invalid       a field, a file or a value is wrong (HTTP 422)
 │    ├── Unauthorized  no, bad, expired or revoked credentials (401)
 │    ├── Forbidden     known, but not allowed (403)
 │    ├── NotFound      no such thing, or somebody else's (404)
 │    ├── Conflict      right request, wrong moment (409)
 │    ├── PreconditionFailed   the caller has seen an older state (412)
 │    ├── TooLarge      over a limit on what comes in (413)
 │    ├── Unsupported   a content type or encoding that is not taken (415)
 │    └── TooMany       a rate limit or quota (429)
 ├── Unavailable        a back end cannot be reached now; worth a retry (503)
 │    └── StorageFull   it can be reached, and has no room left (507)
 ├── FetchFailed        a server that a user names may not be asked, or does not answer as it should
 ├── Corrupted          stored bytes differ from what was stored
 ├── BlobExists         a create-only write found an existing blob
 ├── BlobMissing        no blob of that name
 └── LeaseLost          another worker owns the task now: stop writing
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class NoBrainsError(Exception):
    """Base of all errors of the service."""


class RequestError(NoBrainsError):
    """A mistake of the caller, worded for the caller.

    Args:
        reason: stable UPPER_SNAKE name, for programs.
        detail: what is wrong and how to mend it, in words.
        errors: one entry per field or cell: {"field" | "line" | "column", "detail", "hint"?}.
    """

    def __init__(self, reason: str, detail: str, errors: Sequence[dict[str, Any]] = ()) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
        self.errors = list(errors)


class Invalid(RequestError):
    """A field, a file or a value is wrong."""


class Unauthorized(RequestError):
    """No, bad, expired or revoked credentials: always the same words."""

    def __init__(self, detail: str = "Sign in, or send a valid token or API key.") -> None:
        super().__init__("UNAUTHORIZED", detail)


class Forbidden(RequestError):
    """Known, but not allowed."""


class NotFound(RequestError):
    """No such thing, or somebody else's: the two cannot be told apart."""

    def __init__(self, what: str, id: str) -> None:
        super().__init__("NOT_FOUND", f"There is no {what} {id!r} in your account.")


class Conflict(RequestError):
    """Right request, wrong moment."""


class PreconditionFailed(RequestError):
    """The caller has seen an older state than the present one."""


class TooLarge(RequestError):
    """Over a limit on what comes in."""


class Unsupported(RequestError):
    """A content type or encoding that is not taken."""


class TooMany(RequestError):
    """A rate limit or quota."""

    def __init__(self, reason: str, detail: str, retry_after_s: int = 1, errors: Sequence[dict[str, Any]] = ()) -> None:
        super().__init__(reason, detail, errors)
        self.retry_after_s = retry_after_s


class Unavailable(NoBrainsError):
    """A back end cannot be reached now."""


class StorageFull(Unavailable):
    """A back end, or this machine's disk, has no room left for what was to be written."""


class FetchFailed(NoBrainsError):
    """A server that a user names may not be asked, or does not answer as it should. Worded for that user."""

    def __init__(self, reason: str, detail: str, hint: str = "") -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
        self.hint = hint


class Corrupted(NoBrainsError):
    """Stored bytes differ from what was stored."""


class BlobExists(NoBrainsError):
    """A create-only write met an existing blob."""


class BlobMissing(NoBrainsError):
    """No blob of that name."""


class LeaseLost(NoBrainsError):
    """Another worker owns the task now."""


def failure(reason: str, detail: str, hint: str = "", **where: Any) -> dict[str, Any]:
    """Return the error of a failed task as a user sees it."""
    return {"reason": reason, "detail": detail, "hint": hint, **{k: v for k, v in where.items() if v is not None}}


def column_not_found(
    name: str, columns: Sequence[str], fields: Sequence[str], reason: str = "COLUMN_NOT_FOUND"
) -> Invalid:
    """Make the error for a request whose `fields` name missing columns, the first of them `name`."""
    detail = f"There is no column {name!r}: the columns are {format_names(columns)}."
    return Invalid(reason, detail, [{"field": field, "detail": "no such column"} for field in fields])


def format_names(names: Sequence[str], most: int = 20) -> str:
    """Format names for the text of an error: at most `most` of them, long ones shortened."""
    listed = ", ".join(repr(name[:60]) for name in names[:most])
    return listed + (f" and {len(names) - most} more" if len(names) > most else "")
