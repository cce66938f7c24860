"""What can go wrong, and what each kind means.

NoBrainsError                 everything that this client raises on purpose
├── ApiError                  the server answered, and the answer is an error (RFC 9457 problem)
│   ├── Unauthorized          401: no token, or one that is wrong, expired or revoked
│   ├── NotFound              404: no such thing, or somebody else's
│   ├── Conflict              409: the thing is in a state that forbids this
│   ├── ValidationFailed      400, 413, 415, 422: what was sent is not acceptable; `errors` names the fields
│   ├── TooManyRequests       429: slow down; `retry_after_s` says for how long
│   └── ServerError           5xx: the server's fault, not yours
├── ConnectionFailed          no answer: unreachable, broken off, or too slow
├── UnexpectedResponse        an answer, but not from a No Brains ML server, or not of this version
├── CorruptDownload           what arrived is not what the server has
├── WaitTimedOut              `timeout_s` ran out (also a TimeoutError); the work itself goes on
└── the four of `outcomes.py`, which hold the record of what ended badly:
    ├── DatasetRejected       the CSV cannot be used; `dataset.error` says where and why
    ├── PredictionFailed      a stored prediction ended without a result
    └── JobFailed             the job ended without a model; `job.error` says why
        └── JobCancelled      … because somebody cancelled it
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class NoBrainsError(Exception):
    """Everything that this client raises on purpose."""


class ApiError(NoBrainsError):
    """The server's refusal. `str(error)` is a sentence for people; `reason` is the stable name for programs.

    Attributes: status (HTTP), reason (UPPER_SNAKE), detail, errors (one mapping per bad field or CSV cell),
    request_id (quote it when asking the operator), retry_after_s (None unless the server named a time).
    """

    def __init__(
        self,
        status: int,
        reason: str,
        detail: str,
        errors: Sequence[Mapping[str, Any]] = (),
        request_id: str | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(status, reason, detail)
        self.status = status
        self.reason = reason
        self.detail = detail
        self.errors = tuple(errors)
        self.request_id = request_id
        self.retry_after_s = retry_after_s

    def __str__(self) -> str:
        return " ".join([f"{self.detail} [{self.reason}]", *map(_sentence, self.errors)])


class Unauthorized(ApiError):
    """401: no token, or one that is wrong, expired or revoked."""


class NotFound(ApiError):
    """404: no such thing, or somebody else's."""


class Conflict(ApiError):
    """409: the thing is in a state that forbids this."""


class ValidationFailed(ApiError):
    """400, 413, 415, 422: what was sent is not acceptable."""


class TooManyRequests(ApiError):
    """429: slow down."""


class ServerError(ApiError):
    """5xx: the server's fault, not yours."""


class ConnectionFailed(NoBrainsError):
    """No answer: unreachable, broken off, or too slow. Whether the server acted is unknown."""


class UnexpectedResponse(NoBrainsError):
    """An answer, but not from a No Brains ML server, or not of this version."""


class CorruptDownload(NoBrainsError):
    """What arrived is not what the server has; nothing was kept."""


class WaitTimedOut(NoBrainsError, TimeoutError):
    """`timeout_s` ran out; the work itself goes on."""


_ERROR_CLASSES: dict[int, type[ApiError]] = {
    400: ValidationFailed,
    401: Unauthorized,
    404: NotFound,
    409: Conflict,
    413: ValidationFailed,
    415: ValidationFailed,
    422: ValidationFailed,
    429: TooManyRequests,
}


def error_class_for(status: int) -> type[ApiError]:
    """The class that stands for an HTTP status of 300 and above."""
    return _ERROR_CLASSES.get(status, ServerError if status >= 500 else ApiError)


def _sentence(error: Mapping[str, Any]) -> str:
    """One entry of `errors[]` in words: where, what, how to mend it."""
    places = [f"{key} {error[key]}" for key in ("row", "line", "column") if error.get(key) is not None]
    where = ", ".join(str(place) for place in [error.get("field"), *places] if place)
    what = " ".join(str(error[key]) for key in ("detail", "message", "hint") if error.get(key))
    return f"({where}: {what})" if where and what else f"({where or what})"
