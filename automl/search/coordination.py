"""The other workers of one search, as the process that searches sees them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from automl.search.trial import Trial


@dataclass(frozen=True)
class News:
    """What others have done since the last time.

    Attributes:
        trials: begun (running) or ended, in the order of their numbers.
        at_hand: numbers of complete trials whose predictions lie in the folder by now.
        left_s: seconds until the whole run is over, for a process that keeps no such clock of its own.
    """

    trials: Sequence[Trial] = ()
    at_hand: Sequence[int] = ()
    left_s: float | None = None


class Peers(Protocol):
    """Called in the thread that searches, between trials."""

    shared: bool
    """Whether there are others at all."""
    leads: bool
    """Whether this process ends the search and makes the model; the others only run trials."""

    def news(self, *, last: bool = False) -> News:
        """What is new; `last` when nothing more will be asked."""
        ...

    def reserve(self, trial: Trial) -> bool:
        """Whether the trial's number is ours; False where another was quicker, which the next news tell of."""
        ...


class Alone:
    """Nobody else."""

    shared = False
    leads = True

    def news(self, *, last: bool = False) -> News:
        return News()

    def reserve(self, trial: Trial) -> bool:
        return True
