"""The thread of the sweeper, the same in every api process and worker, and that of the scheduler beside it."""

from __future__ import annotations

import threading
from typing import Protocol

import structlog

from core.errors import Unavailable
from core.observability.outage_log import OutageLog

log = structlog.get_logger()


class Sweeps(Protocol):
    """What is done in rounds, by one process at a time."""

    def sweep(self) -> bool:
        """Do a round, unless another process does."""

    def release_leadership(self) -> None:
        """Let another process do it."""


class SweeperThread:
    """Sweeps in the background until stopped; a round that fails is logged, and the next one tries again."""

    def __init__(self, sweeper: Sweeps, every_s: float, name: str = "sweeper") -> None:
        self.sweeper = sweeper
        self.every_s = every_s
        self.over = threading.Event()
        self.outage = OutageLog(name)
        self.thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self.thread.start()

    def stop(self) -> None:
        """Finish the round, and let another process sweep at once."""
        self.over.set()
        self.thread.join(timeout=10)
        try:
            self.sweeper.release_leadership()
        except Unavailable:
            log.info("sweeper.not_resigned")

    def _run(self) -> None:
        # Scan at once: silent tasks are known the sooner, and a worker begins nothing until the first scan is over.
        while not self.over.is_set():
            try:
                self.sweeper.sweep()
                self.outage.available()
            except Unavailable as exc:
                self.outage.unavailable(exc)
            except Exception:
                log.exception("sweeper.failed")
            self.over.wait(self.every_s)
