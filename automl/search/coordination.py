"""How the processes of one search get along: all that differs between a search of one process and a shared one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from automl.search.trial import Trial


@dataclass(frozen=True)
class Updates:
    """Carry what other processes have done since the last time.

    Attributes:
        trials: begun (running) or ended, in the order of their numbers.
        fetched: numbers of complete trials whose predictions lie in the folder by now.
        remaining_s: seconds until the whole run is over, for a process that keeps no such clock of its own.
    """

    trials: Sequence[Trial] = ()
    fetched: Sequence[int] = ()
    remaining_s: float | None = None


class Coordinator(ABC):
    """Decide for one process what depends on whether others search too; called in the thread that searches.

    Attributes:
        is_shared: whether there are others at all.
        is_leader: whether this process ends the search and makes the model; the others only run trials.
    """

    is_shared: bool
    is_leader: bool

    @abstractmethod
    def poll(self, *, last: bool = False) -> Updates:
        """Fetch what is new; `last` when there will be no further call."""

    @abstractmethod
    def claim_number(self, trial: Trial) -> bool:
        """Take the trial's number; False where another was quicker, which the next updates contain."""

    @property
    def seeds_by_number(self) -> bool:
        """Whether what is drawn for a trial follows from its number alone, so that no two processes draw the same."""
        return self.is_shared

    def claim(self, trial: Trial) -> bool:
        """Take the trial for this process, unless it is another's to run or another was quicker."""
        # The baseline is its leader's: a search that has lost it has no result.
        return (self.is_leader or not trial.is_baseline) and self.claim_number(trial)

    def may_end(self, *, has_model: bool) -> bool:
        """Say whether time, memory or the user may end the search now: a leader's not before it has a model."""
        return has_model or not self.is_leader

    def awaits_others(self, trials: Iterable[Trial]) -> bool:
        """Say whether to wait, when nothing is left to propose, for what others run: it may lead to more."""
        return self.is_shared and self.is_leader and any(trial.state == "running" for trial in trials)


class SingleProcess(Coordinator):
    """Search alone."""

    is_shared = False
    is_leader = True

    def poll(self, *, last: bool = False) -> Updates:
        """Do nothing: there is no other process."""
        return Updates()

    def claim_number(self, trial: Trial) -> bool:
        """Grant every number: there is no other process."""
        return True
