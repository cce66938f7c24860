"""Log lines: structured, to standard error; never bodies, tokens or passwords."""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog


def configure_logs(log_format: str) -> None:
    """Set structlog up for this process.

    Args:
        log_format: `text` for people, `json` for machines.
    """
    machine = log_format == "json"
    # Tracebacks without local variables: those may hold passwords.
    no_locals = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
    trace = structlog.processors.ExceptionRenderer(no_locals)
    plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    ending: list[Any] = [trace, structlog.processors.JSONRenderer()] if machine else [plain]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *ending,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        # Look standard error up at every line, so that a later redirection takes effect.
        logger_factory=lambda *_: structlog.WriteLogger(sys.stderr),
    )
