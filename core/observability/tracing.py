"""Spans: how long each step of a request's way through the processes took, where somebody wants to know.

Nothing here knows how they are collected: `install` is given something that does (`nobrains.opentelemetry`), and
without it a
span costs a comparison. The way from one process to the next is W3C's `traceparent`, which travels in queue messages.
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
    """Collects spans. What is under way is known for each thread."""

    def span(self, name: str, kind: Kind, parent: str, attributes: dict[str, Value]) -> AbstractContextManager[object]:
        """A step: after `parent`, a traceparent, where that is given, else within the one under way. An exception that
        leaves it marks it as failed."""

    def set_attributes(self, attributes: dict[str, Value]) -> None:
        """Say more of the step under way."""

    def event(self, name: str, attributes: dict[str, Value]) -> None:
        """Something happened in the step under way."""

    def traceparent(self) -> str:
        """Names the step under way to other processes; empty where there is none."""


_tracer: Tracer | None = None


def set_tracer(tracer: Tracer | None) -> None:
    """Have this process's spans collected, or no more."""
    global _tracer
    _tracer = tracer


def is_on() -> bool:
    """Whether anybody collects."""
    return _tracer is not None


def span(name: str, kind: Kind = "internal", parent: str = "", **attributes: Value) -> AbstractContextManager[object]:
    """See `Tracer.span`."""
    return nullcontext() if _tracer is None else _tracer.span(name, kind, parent, attributes)


def set_attributes(**attributes: Value) -> None:
    """See `Tracer.note`."""
    if _tracer is not None:
        _tracer.set_attributes(attributes)


def event(name: str, **attributes: Value) -> None:
    """See `Tracer.event`."""
    if _tracer is not None:
        _tracer.event(name, attributes)


def traceparent() -> str:
    """See `Tracer.traceparent`; empty where nobody collects."""
    return "" if _tracer is None else _tracer.traceparent()


def traced(name: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Makes each call of the function a step of that name."""

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            with span(name):
                return function(*args, **kwargs)

        return call

    return decorate
