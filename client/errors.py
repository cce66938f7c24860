"""Define the errors that the client raises, and what each means.

NoBrainsError                 every error that the client raises on purpose
├── ApiError                  the server responded with an error (an RFC 9457 problem)
│   ├── Unauthorized          401: the token is missing, wrong, expired or revoked
│   ├── NotFound              404: there is no such thing, or it belongs to another account
│   ├── Conflict              409: the state of the thing forbids the call
│   ├── ValidationFailed      400, 413, 415, 422: the request is not acceptable; `errors` names the fields
│   ├── TooManyRequests       429: the client must slow down; `retry_after_s` says for how long
│   └── ServerError           5xx: the server failed
├── ConnectionFailed          no response: the server is unreachable, broke off, or is too slow
├── UnexpectedResponse        the response is not of a No Brains ML server, or not of this version
├── CorruptDownload           the bytes that arrived differ from those of the server
├── WaitTimedOut              `timeout_s` ran out (also a TimeoutError); the work itself goes on
└── the nine of `outcomes.py`, which hold the record of what ended badly:
    ├── DatasetRejected       the CSV cannot be used; `dataset.error` says where and why
    ├── ModelRejected         an uploaded model cannot be served; `model.error` says why
    ├── ComparisonFailed      a comparison ended without a result
    ├── PredictionFailed      a stored prediction ended without a result
    ├── EvaluationFailed      an evaluation ended without a result
    ├── FetchFailed           a source could not be fetched; `fetch.error` says why
    ├── RunFailed             a run of a pipeline failed or was cancelled; `run.why` says why
    └── JobFailed             the job ended without a model; `job.error` says why
        └── JobCancelled      the job was cancelled
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class NoBrainsError(Exception):
    """Stand for every error that the client raises on purpose."""


class ApiError(NoBrainsError):
    """Hold the problem with which the server responded. `str(error)` is a sentence for people.

    Attributes:
        status: HTTP status.
        reason: Stable name for programs, in UPPER_SNAKE.
        detail: Sentence for people.
        errors: One mapping for each bad field or CSV cell.
        request_id: Id to quote when asking the operator.
        retry_after_s: Seconds to wait before the next call; None unless the server named a time.

    Example:
        >>> from nobrains_client import NotFound
        >>> try:
        ...     client.dataset("no-such-id")
        ... except NotFound as error:
        ...     print(error.status, error.reason)
        404 NOT_FOUND
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
        """Hold what the response says."""
        super().__init__(status, reason, detail)
        self.status = status
        self.reason = reason
        self.detail = detail
        self.errors = tuple(errors)
        self.request_id = request_id
        self.retry_after_s = retry_after_s

    def __str__(self) -> str:
        """Return the detail, the reason and each bad field as one sentence; nothing is told twice."""
        sentences = [_sentence(error, self.detail) for error in self.errors]
        return " ".join([f"{self.detail} [{self.reason}]", *filter(None, sentences)])


class Unauthorized(ApiError):
    """Signal 401: the token is missing, wrong, expired or revoked."""


class NotFound(ApiError):
    """Signal 404: there is no such thing, or it belongs to another account."""


class Conflict(ApiError):
    """Signal 409: the state of the thing forbids the call."""


class ValidationFailed(ApiError):
    """Signal 400, 413, 415 or 422: the request is not acceptable; `errors` names the fields."""


class TooManyRequests(ApiError):
    """Signal 429: the client must slow down; `retry_after_s` says for how long."""


class ServerError(ApiError):
    """Signal 5xx: the server failed."""


class ConnectionFailed(NoBrainsError):
    """Signal that no response came: unreachable, broken off, or too slow. Whether the server acted is unknown."""


class UnexpectedResponse(NoBrainsError):
    """Signal a response that is not of a No Brains ML server, or not of this version."""


class CorruptDownload(NoBrainsError):
    """Signal that the bytes that arrived differ from those of the server; no file was written."""


class WaitTimedOut(NoBrainsError, TimeoutError):
    """Signal that `timeout_s` ran out; the work itself goes on."""


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
    """Return the class that stands for an HTTP status of 300 and above."""
    return _ERROR_CLASSES.get(status, ServerError if status >= 500 else ApiError)


def _sentence(error: Mapping[str, Any], detail: str) -> str:
    """Return what one entry of `errors[]` adds to the detail: where, what, how to fix it."""
    places = [f"{key} {error[key]}" for key in ("row", "line", "column") if error.get(key) is not None]
    where = ", ".join(str(place) for place in [error.get("field"), *places] if place)
    what = " ".join(str(error[key]) for key in ("detail", "message", "hint") if error.get(key))
    sentence = f"{where}: {what}" if where and what else where or what
    return "" if sentence in detail else f"({sentence})"
