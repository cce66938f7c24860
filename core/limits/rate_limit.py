"""How often: at most so many of something in each minute (or hour) for one user or address, all processes together.

Time is cut into windows by the wall clock, and a row counts what a subject has used of the present one. A process takes
permits from the row by the block, so that a request costs no more than a look into memory, but for one in many. What it
took and has not used is lost at the window's end: up to a fiftieth of the limit for each process.
"""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from core.errors import TooMany
from core.ports import Tables
from core.storage import rows

KIND = "rate"
BLOCKS_PER_LIMIT = 50
"""Blocks in a limit."""
MAX_SUBJECTS = 10_000
"""Subjects whose blocks are remembered in a process; those not seen for longest are forgotten."""


@dataclass(frozen=True)
class WindowCount:
    """What a subject has used of a window. `until` is the wall clock's seconds at which the row is worth nothing."""

    window: int
    count: int
    until: float


@dataclass
class LocalPermits:
    """What this process may still let pass in a window, before it has to ask."""

    window: int
    left: int = 0
    spent: bool = False


class RateLimit:
    """One limit. Safe to use from several threads and processes, whose clocks may differ by less than a window.

    Args:
        name: of what is limited, in words.
        most: how many in a window; 0: any number.
        window_s: seconds of a window.
    """

    def __init__(
        self, tables: Tables, name: str, most: int, window_s: int = 60, clock: Callable[[], float] = time.time
    ) -> None:
        self.tables = tables
        self.name = name
        self.most = most
        self.window_s = window_s
        self.clock = clock
        self.lock = threading.Lock()
        self.allowances: OrderedDict[str, LocalPermits] = OrderedDict()

    def hit(self, subject: str) -> None:
        """Count one more of the subject's. Raises TooMany RATE_LIMITED with the seconds until the next window."""
        if not self.most:
            return
        window = int(self.clock() // self.window_s)
        if self._hit_locally(subject, window):
            return
        drawn = self._reserve_block(subject, window)
        with self.lock:
            allowance = self._allowance(subject, window)
            allowance.spent = not drawn
            if drawn:
                allowance.left += drawn - 1
                return
        raise self._refusal()

    def _hit_locally(self, subject: str, window: int) -> bool:
        """Whether this process had a permit left. Raises TooMany where it knows that there are no more."""
        with self.lock:
            allowance = self._allowance(subject, window)
            if allowance.left:
                allowance.left -= 1
                return True
            if allowance.spent:
                raise self._refusal()
        return False

    def _allowance(self, subject: str, window: int) -> LocalPermits:
        found = self.allowances.get(subject)
        if found is None or found.window != window:
            found = self.allowances[subject] = LocalPermits(window)
        self.allowances.move_to_end(subject)
        if len(self.allowances) > MAX_SUBJECTS:
            self.allowances.popitem(last=False)
        return found

    def _reserve_block(self, subject: str, window: int) -> int:
        """A block of permits for this process; 0 when all are used."""
        # By its hash: rows need not tell who was here.
        key = rows.key(KIND, rows.digest(f"{self.name} {subject}"))
        block = 0

        def draw(used: WindowCount | None) -> WindowCount | None:
            nonlocal block
            if used is None or used.window not in (window, window + 1):  # A clock may be a little ahead.
                used = WindowCount(window, 0, 0.0)
            block = max(0, min(math.ceil(self.most / BLOCKS_PER_LIMIT), self.most - used.count))
            return WindowCount(used.window, used.count + block, (used.window + 2.0) * self.window_s) if block else None

        rows.update(self.tables, key, WindowCount, draw)
        return block

    def _refusal(self) -> TooMany:
        left_s = max(1, math.ceil(self.window_s - self.clock() % self.window_s))
        detail = f"Too many {self.name}: {self.most:,} in {self.window_s:,} s are the most. Try again in {left_s} s."
        return TooMany("RATE_LIMITED", detail, left_s)
