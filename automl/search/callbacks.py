"""Callbacks that watch a run."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from automl.search.trial import Trial

PHASES = ("cleaning", "searching", "ensembling", "finishing")
POLL_S = 0.2


class Callback(Protocol):
    """Called in the thread that fits, in the order of events."""

    def phase(self, name: str) -> None:
        """Note that a phase begins, one of `PHASES`."""

    def prepared(self, task: str, metric: str, greater_is_better: bool) -> None:
        """Note that the table was analysed: the task, the metric, and which scores are better."""

    def trial_started(self, trial: Trial) -> None: ...

    def trial_finished(self, trial: Trial) -> None: ...

    def log(self, text: str) -> None:
        """Write one line for a reader."""

    def should_stop(self) -> bool:
        """Return True to end the search and keep the best so far. Called several times a second: must not block."""
        ...


class NullCallback:
    """A callback that does nothing."""

    def phase(self, name: str) -> None: ...

    def prepared(self, task: str, metric: str, greater_is_better: bool) -> None: ...

    def trial_started(self, trial: Trial) -> None: ...

    def trial_finished(self, trial: Trial) -> None: ...

    def log(self, text: str) -> None: ...

    def should_stop(self) -> bool:
        return False


def throttled(should_stop: Callable[[], bool]) -> Callable[[], bool]:
    """Ask at most every `POLL_S` seconds, as boosters ask every round; once True it stays True."""
    polled_at = -POLL_S
    answer = False

    def ask() -> bool:
        nonlocal polled_at, answer
        now = time.monotonic()
        if not answer and now - polled_at >= POLL_S:
            polled_at, answer = now, should_stop()
        return answer

    return ask
