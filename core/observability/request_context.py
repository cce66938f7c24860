"""The request that a task comes from.

It travels with the task, so that every log line of the task, in whichever process, names the request that its user can
name too.
"""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from core.domain.records import TaskRef
from core.observability import tracing


def current_request_context() -> dict[str, str]:
    """Return the context of the request that this thread works for; empty if there is none."""
    bound = structlog.contextvars.get_contextvars()
    found = {"request_id": str(bound.get("request_id", "")), "traceparent": tracing.traceparent()}
    return {name: value for name, value in found.items() if value}


def log_labels(ref: TaskRef, origin: Mapping[str, str], names: Mapping[str, str]) -> dict[str, str]:
    """Return the labels of this task's log lines; `names` are those that its kind adds."""
    request = {"request_id": origin["request_id"]} if "request_id" in origin else {}
    return {"work": ref.path, **names, **request}


def bind_log_context(ref: TaskRef, origin: Mapping[str, str], names: Mapping[str, str]) -> None:
    """Label every further log line of this thread with this task, and with the request behind it."""
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(**log_labels(ref, origin, names))


def clear_log_context() -> None:
    """Remove the labels from further log lines."""
    structlog.contextvars.clear_contextvars()
