"""Which request a piece of work comes from: it travels with the work, so that every log line of it, whichever process
writes it, names the request that its user can name too."""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from core.domain.records import TaskRef
from core.observability import tracing


def current_request_context() -> dict[str, str]:
    """That of what is done in this thread now: empty where no request asked for it."""
    bound = structlog.contextvars.get_contextvars()
    found = {"request_id": str(bound.get("request_id", "")), "traceparent": tracing.traceparent()}
    return {name: value for name, value in found.items() if value}


def log_labels(ref: TaskRef, origin: Mapping[str, str], names: Mapping[str, str]) -> dict[str, str]:
    """What the log lines of this work carry; `names` is what its kind adds."""
    request = {"request_id": origin["request_id"]} if "request_id" in origin else {}
    return {"work": ref.path, **names, **request}


def bind_log_context(ref: TaskRef, origin: Mapping[str, str], names: Mapping[str, str]) -> None:
    """From now on every log line of this thread tells of this work, and of the request behind it."""
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(**log_labels(ref, origin, names))


def clear_log_context() -> None:
    """From now on log lines tell of no work."""
    structlog.contextvars.clear_contextvars()
