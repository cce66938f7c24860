"""Throttle of password guessing: after some wrong passwords in a row for one name, sign-in pauses for that name.

Names that do not exist are counted just the same, so a pause does not reveal whether an account exists.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

from core.errors import TooMany
from core.ports import Tables
from core.storage import rows

KIND = "failure"


@dataclass(frozen=True)
class Failures:
    """Consecutive wrong passwords for one name, and the wall clock's seconds until which sign-in pauses."""

    count: int
    paused_until: float = 0.0


class LoginThrottle:
    """Counts failures per name in the tables, so that all processes count together.

    Args:
        failures: wrong passwords in a row that are allowed before the pause.
        pause_s: length of the pause in seconds.
    """

    def __init__(self, tables: Tables, failures: int, pause_s: int) -> None:
        self.tables = tables
        self.failures = failures
        self.pause_s = pause_s

    def check(self, name: str) -> None:
        """Return if the name may try to sign in; raise TooMany while it pauses."""
        value = self.tables.get(_key(name))
        if value is None:
            return
        failures = rows.load(Failures, value)
        remaining_s = math.ceil(failures.paused_until - time.time())
        if remaining_s > self.pause_s:  # The clock was set back: no lockout lasts longer than a pause.
            remaining_s = self.pause_s
            new = rows.dump(Failures(failures.count, time.time() + remaining_s))
            self.tables.put_if_unchanged(_key(name), new, value)
        if remaining_s > 0:
            detail = f"Too many wrong passwords for this username. Try again in {remaining_s} s."
            raise TooMany("TOO_MANY_FAILURES", detail, retry_after_s=remaining_s)

    def record_failure(self, name: str) -> None:
        """Count one more wrong password for this name."""

        def count(before: Failures | None) -> Failures:
            count = before.count + 1 if before and not before.paused_until else 1
            return Failures(count, time.time() + self.pause_s if count >= self.failures else 0.0)

        rows.update(self.tables, _key(name), Failures, count)

    def reset(self, name: str) -> None:
        """Reset the count after a right password."""
        self.tables.delete(_key(name))

    def sweep(self, limit: int = 1000) -> int:
        """Delete rows of pauses that are over, among at most `limit` rows; return how many were deleted."""
        gone = 0
        for row in self.tables.scan(KIND + "#", limit):
            failures = rows.load(Failures, row.value)
            if 0 < failures.paused_until < time.time():
                gone += self.tables.delete_if_unchanged(row.key, row.value)
        return gone


def _key(name: str) -> str:
    return rows.key(KIND, rows.digest(name))
