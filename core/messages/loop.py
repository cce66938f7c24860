"""The thread that takes messages, turn by turn, and goes on after a broker or tables were away."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

from core.errors import Unavailable
from core.observability.outage_log import OutageLog

FIRST_PAUSE_S = 0.5
MAX_PAUSE_S = 10.0
STOP_S = 5.0
"""Seconds that a process which is told to go waits for its turn; what is not acknowledged then is delivered again."""

log = structlog.get_logger(__name__)


class MessageLoop:
    """Has turns until it is stopped.

    Args:
        name: of the thread, and of what the log says.
        turn: takes what is there, waiting a little for it. Raises Unavailable: then the next turn comes later.
    """

    def __init__(self, name: str, turn: Callable[[], object]) -> None:
        self.name = name
        self.turn = turn
        self.stopping = threading.Event()
        self.outage = OutageLog(name)
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Stop after the turn that is on; call it before the back ends are closed."""
        self.stopping.set()
        if self._thread.is_alive():
            self._thread.join(STOP_S)

    def _run(self) -> None:
        pause_s = 0.0
        while not self.stopping.wait(pause_s):
            try:
                self.turn()
                self.outage.available()
                pause_s = 0.0
            except Unavailable as exc:
                self.outage.unavailable(exc)
                pause_s = min(MAX_PAUSE_S, 2 * pause_s or FIRST_PAUSE_S)
            except Exception:  # A fault of ours outside of any message.
                log.exception(f"{self.name}.failed")
                pause_s = MAX_PAUSE_S
