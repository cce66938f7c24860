"""Asking again and again until something is over."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol, TypeVar

from ..errors import WaitTimedOut


class Outcome(Protocol):
    """What can be waited for."""

    @property
    def id(self) -> str:
        """Its id."""

    @property
    def is_over(self) -> bool:
        """Whether it will not change any more."""


T = TypeVar("T", bound=Outcome)


def poll(read: Callable[[], T], *, timeout_s: float | None, first_s: float = 0.1, longest_s: float = 2.0) -> T:
    """`read()` at growing intervals (s) until what it returns is over. Raises WaitTimedOut."""
    deadline = None if timeout_s is None else time.monotonic() + timeout_s
    interval_s = first_s
    while not (thing := read()).is_over:
        left_s = interval_s if deadline is None else deadline - time.monotonic()
        if left_s <= 0:
            raise WaitTimedOut(f"{type(thing).__name__} {thing.id} is not over after {timeout_s:g} s. It goes on.")
        time.sleep(min(interval_s, left_s))
        interval_s = min(longest_s, interval_s * 1.5)
    return thing
