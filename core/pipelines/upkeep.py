"""Advance runs that have something to do: after a crash, and those that wait for what tells nobody of its end."""

from __future__ import annotations

from collections.abc import Callable

from core.pipelines.runs import Runs

PAUSE_S = 5.0
"""Seconds between two rounds over all of them."""
MAX_ROUND_S = 0.5
"""Seconds that one call may take: more runs are gone through in several, and nothing else waits for them."""
BATCH = 100


class RunUpkeep:
    """Looks through all runs that have something to do, some in each round."""

    def __init__(self, runs: Runs, monotonic: Callable[[], float]) -> None:
        self.runs = runs
        self.tables = runs.tables
        self.monotonic = monotonic
        self.next_at_s = 0.0
        self.looked_at: str | None = None

    def run(self) -> None:
        """Do one round, if it is time. Raises Unavailable."""
        began_s = self.monotonic()
        if self.looked_at is None and began_s < self.next_at_s:
            return
        while found := self.tables.scan("activerun#", BATCH, self.looked_at):
            for row in found:
                self.looked_at = row.key
                _, user_id, pipeline_id, key = row.key.split("#")
                self.runs.advance(user_id, pipeline_id, key)
                if self.monotonic() - began_s > MAX_ROUND_S:
                    return
        self.looked_at = None
        self.next_at_s = began_s + PAUSE_S
