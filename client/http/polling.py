"""Poll the server until something is over."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol, TypeVar

from ..errors import WaitTimedOut


class Outcome(Protocol):
    """Require what is polled to have an id and an end."""

    @property
    def id(self) -> str:
        """Return the id."""

    @property
    def is_over(self) -> bool:
        """Return whether the state is final."""


T = TypeVar("T", bound=Outcome)


def _is_over(thing: Outcome) -> bool:
    return thing.is_over


def poll(
    read: Callable[[], T], *, timeout_s: float | None, first_s: float = 0.1, longest_s: float = 2.0,
    done: Callable[[T], bool] = _is_over,
) -> T:  # fmt: skip
    """Call `read` at growing intervals until what it returns is over.

    Args:
        read: Returns the current state.
        timeout_s: Seconds to wait at most; None waits as long as it takes.
        first_s: Seconds before the second call.
        longest_s: Seconds between two calls at most.
        done: Tells whether to return what was read; by default, that it is over.

    Raises:
        WaitTimedOut: It is not over after `timeout_s` seconds.
    """
    deadline = None if timeout_s is None else time.monotonic() + timeout_s
    interval_s = first_s
    while not done(thing := read()):
        remaining_s = interval_s if deadline is None else deadline - time.monotonic()
        if remaining_s <= 0:
            raise WaitTimedOut(
                f"{type(thing).__name__} {thing.id} has not finished after {timeout_s:g} s. It continues."
            )
        time.sleep(min(interval_s, remaining_s))
        interval_s = min(longest_s, interval_s * 1.5)
    return thing
