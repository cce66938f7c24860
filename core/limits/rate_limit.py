"""Rate limits: a maximum per minute (or hour) for one user or address, all processes together.

Time is cut into windows by the wall clock, and a row counts what a subject has used of the present one. A process
reserves permits from the row in blocks, so that most requests cost no more than a memory access. Permits that it
reserved and has not used are lost at the window's end: up to a fiftieth of the limit for each process.
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
"""Number of blocks that a limit is divided into."""
MAX_SUBJECTS = 10_000
"""Maximum number of subjects whose blocks a process keeps; the least recently seen are dropped."""


@dataclass(frozen=True)
class WindowCount:
    """A subject's use of a window. `until` is the wall clock's seconds at which the row expires."""

    window: int
    count: int
    until: float


@dataclass
class LocalPermits:
    """Permits that this process may still use in a window before it has to reserve more."""

    window: int
    left: int = 0
    spent: bool = False


def block_size(most: int) -> int:
    """Return the number of permits that a process reserves at once of such a limit."""
    return math.ceil(most / BLOCKS_PER_LIMIT)


class RateLimit:
    """One limit. Safe to use from several threads and processes, whose clocks may differ by less than a window.

    Args:
        name: name of the limited quantity, in words.
        most: maximum number in a window; 0: any number.
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

    def hit(self, subject: str, most: int | None = None) -> None:
        """Count one more use by the subject. Raises TooMany RATE_LIMITED with the seconds until the next window.

        Args:
            subject: who uses it.
            most: this subject's own maximum; None: everybody's.
        """
        most = self.most if most is None else most
        if not most:
            return
        window = int(self.clock() // self.window_s)
        if self._hit_locally(subject, window, most):
            return
        drawn = self._reserve_block(subject, window, most)
        with self.lock:
            allowance = self._allowance(subject, window)
            allowance.spent = not drawn
            if drawn:
                allowance.left += drawn - 1
                return
        raise self._refusal(most)

    def _hit_locally(self, subject: str, window: int, most: int) -> bool:
        """Return whether this process had a permit left. Raises TooMany if it knows that there are no more."""
        with self.lock:
            allowance = self._allowance(subject, window)
            if allowance.left:
                allowance.left -= 1
                return True
            if allowance.spent:
                raise self._refusal(most)
        return False

    def _allowance(self, subject: str, window: int) -> LocalPermits:
        found = self.allowances.get(subject)
        if found is None or found.window != window:
            found = self.allowances[subject] = LocalPermits(window)
        self.allowances.move_to_end(subject)
        if len(self.allowances) > MAX_SUBJECTS:
            self.allowances.popitem(last=False)
        return found

    def _reserve_block(self, subject: str, window: int, most: int) -> int:
        """Reserve a block of permits for this process; return its size, 0 if all are used."""
        # Store a hash only: rows need not reveal the subject.
        key = rows.key(KIND, rows.digest(f"{self.name} {subject}"))
        block = 0

        def draw(used: WindowCount | None) -> WindowCount | None:
            nonlocal block
            if used is None or used.window not in (window, window + 1):  # A clock may be a little ahead.
                used = WindowCount(window, 0, 0.0)
            block = max(0, min(block_size(most), most - used.count))
            return WindowCount(used.window, used.count + block, (used.window + 2.0) * self.window_s) if block else None

        rows.update(self.tables, key, WindowCount, draw)
        return block

    def _refusal(self, most: int) -> TooMany:
        remaining_s = max(1, math.ceil(self.window_s - self.clock() % self.window_s))
        detail = f"Too many {self.name}: the limit is {most:,} per {self.window_s:,} s. Try again in {remaining_s} s."
        return TooMany("RATE_LIMITED", detail, remaining_s)
