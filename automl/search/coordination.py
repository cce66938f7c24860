"""The other workers of one search, as the process that searches sees them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from automl.search.trial import Trial


@dataclass(frozen=True)
class Updates:
    """What others have done since the last time.

    Attributes:
        trials: begun (running) or ended, in the order of their numbers.
        at_hand: numbers of complete trials whose predictions lie in the folder by now.
        left_s: seconds until the whole run is over, for a process that keeps no such clock of its own.
    """

    trials: Sequence[Trial] = ()
    fetched: Sequence[int] = ()
    remaining_s: float | None = None


class Coordinator(Protocol):
    """Called in the thread that searches, between trials."""

    shared: bool
    """Whether there are others at all."""
    is_leader: bool
    """Whether this process ends the search and makes the model; the others only run trials."""

    def poll(self, *, last: bool = False) -> Updates:
        """What is new; `last` when nothing more will be asked."""
        ...

    def claim_number(self, trial: Trial) -> bool:
        """Whether the trial's number is ours; False where another was quicker, which the next news tell of."""
        ...


class SingleProcess:
    """Nobody else."""

    shared = False
    is_leader = True

    def poll(self, *, last: bool = False) -> Updates:
        return Updates()

    def claim_number(self, trial: Trial) -> bool:
        return True
