"""A clock for fits that ticks with every look at it, and stutters as that of a busy machine does.

Nothing waits for it: a fit of so many virtual seconds takes what its work takes, and comes to the same whatever else
runs on the machine.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle

import pytest

TICK_S = 0.002
"""Virtual seconds that pass between two looks at the clock; boosters look a few times a round."""


class StutteringClock:
    """A monotonic clock in which the same work takes longer in some stretches than in others.

    Args:
        slowness: factors on the tick, one a stretch, over and over: 1 is a machine with nothing else to do.
        stretch: looks at the clock in a stretch.
        tick_s: virtual seconds between two looks at it.

    Only looks of the thread that fits let it tick: others come when the machine pleases.
    """

    def __init__(self, slowness: Sequence[float] = (1.0,), stretch: int = 300, tick_s: float = TICK_S) -> None:
        self.now_s = 1000.0
        self._tick_s = tick_s
        self._thread = threading.get_ident()
        self.slow_down(slowness, stretch)

    def __call__(self) -> float:
        if threading.get_ident() == self._thread:
            self.now_s += self._tick_s * next(self._factors)
        return self.now_s

    def slow_down(self, slowness: Sequence[float], stretch: int = 300) -> None:
        """Go on with other factors."""
        self._factors = cycle([each for each in slowness for _ in range(stretch)])

    @contextmanager
    def running(self) -> Iterator[StutteringClock]:
        """Let this clock be the process's."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(time, "monotonic", self)
            yield self
