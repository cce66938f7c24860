"""Spans: how long each step of a request's way through the processes took, if a tracer is installed.

This module does not know how spans are collected: `set_tracer` is given a collector (`nobrains.opentelemetry`), and
without one a span costs a comparison. The way from one process to the next is W3C's `traceparent`, which travels in
queue messages.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Literal, ParamSpec, Protocol, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

Kind = Literal["internal", "server", "client", "producer", "consumer"]
Value = str | int | float | bool


class Tracer(Protocol):
    """Collects spans. The current span is kept for each thread."""

    def span(self, name: str, kind: Kind, parent: str, attributes: dict[str, Value]) -> AbstractContextManager[object]:
        """Open a span after `parent`, a traceparent, if that is given, else within the current one.

        An exception that leaves it marks it as failed.
        """

    def set_attributes(self, attributes: dict[str, Value]) -> None:
        """Add attributes to the current span."""

    def event(self, name: str, attributes: dict[str, Value]) -> None:
        """Add an event to the current span."""

    def traceparent(self) -> str:
        """Return the current span's name for other processes; empty if there is none."""


_tracer: Tracer | None = None


def set_tracer(tracer: Tracer | None) -> None:
    """Collect this process's spans with `tracer`; None stops that."""
    global _tracer
    _tracer = tracer


def is_on() -> bool:
    """Return whether a tracer is set."""
    return _tracer is not None


def span(name: str, kind: Kind = "internal", parent: str = "", **attributes: Value) -> AbstractContextManager[object]:
    """See `Tracer.span`."""
    return nullcontext() if _tracer is None else _tracer.span(name, kind, parent, attributes)


def set_attributes(**attributes: Value) -> None:
    """See `Tracer.set_attributes`."""
    if _tracer is not None:
        _tracer.set_attributes(attributes)


def event(name: str, **attributes: Value) -> None:
    """See `Tracer.event`."""
    if _tracer is not None:
        _tracer.event(name, attributes)


def traceparent() -> str:
    """See `Tracer.traceparent`; empty if no tracer is set."""
    return "" if _tracer is None else _tracer.traceparent()


def traced(name: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make each call of the function a span of that name."""

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            with span(name):
                return function(*args, **kwargs)

        return call

    return decorate
