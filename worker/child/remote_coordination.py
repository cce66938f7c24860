"""The other processes of a search, in the child: its parent knows them."""

from __future__ import annotations

from automl.search.coordination import Coordinator, Updates
from automl.search.trial import Trial
from worker.child.pipe import Pipe
from worker.messages.from_child import ClaimNumber, PollUpdates
from worker.messages.to_child import NumberClaimed, SearchUpdates


class RemoteCoordinator(Coordinator):
    """Ask the parent over the pipe.

    Args:
        pipe: to the parent.
        is_leader: whether this process makes the model.
    """

    is_shared = True

    def __init__(self, pipe: Pipe, is_leader: bool) -> None:
        self._pipe = pipe
        self.is_leader = is_leader

    def poll(self, *, last: bool = False) -> Updates:
        """Fetch what others have done, with their predictions put into the folder."""
        reply = self._pipe.request(PollUpdates(last), SearchUpdates)
        return Updates([Trial.from_json(trial) for trial in reply.trials], reply.at_hand, reply.remaining_s)

    def claim_number(self, trial: Trial) -> bool:
        """Have the parent write the trial's row, unless another process was quicker."""
        return self._pipe.request(ClaimNumber(trial.to_json()), NumberClaimed).claimed
