"""The scheduler: has done what users were promised at a time. In every api process, one at a time.

It is not the sweeper, which finishes what crashes leave and may take its time. What it does is the same whoever does
it, and however often: so two that lead for a moment do no harm, and neither do clocks that are apart. What is overdue
is therefore done by whoever notices: the clock of the one that leads may be slow, or it may hang.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from core.maintenance.due_work import DueWork
from core.maintenance.leadership import Leadership
from core.ports import Tables

LEASE_S = 3.0
"""Seconds after which another process schedules: short, since two that do so at the same moment do no harm."""
OVERDUE = timedelta(seconds=5)
"""For how long what is due is left to the scheduler that leads."""
UPKEEP_S = 60.0


class Scheduler:
    """One round is one call of `sweep`."""

    def __init__(
        self, tables: Tables, due: DueWork, upkeep: Callable[[], object], monotonic: Callable[[], float]
    ) -> None:
        self.due = due
        self.upkeep = upkeep
        self.monotonic = monotonic
        self.next_upkeep = monotonic()
        self.leadership = Leadership(tables, "scheduler", LEASE_S, monotonic)

    def sweep(self) -> bool:
        """Do all that is due, or, if another scheduler leads, what is overdue; return whether this one leads."""
        while self.leadership.hold():
            if self.due.run():
                self._keep_up()
                return True
        self.due.run(OVERDUE)
        return False

    def _keep_up(self) -> None:
        """See to it, now and then, that what goes by time is found when its time comes."""
        if self.monotonic() >= self.next_upkeep:
            self.next_upkeep = self.monotonic() + UPKEEP_S
            self.upkeep()

    def release_leadership(self) -> None:
        """Let another scheduler begin at once."""
        self.leadership.release()
