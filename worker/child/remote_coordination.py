"""The other processes of a search, in the child: its parent knows them."""

from __future__ import annotations

from dataclasses import dataclass

from automl.search.coordination import Updates
from automl.search.trial import Trial
from worker.child.pipe import Pipe
from worker.messages.from_child import ClaimNumber, PollUpdates
from worker.messages.to_child import NumberClaimed, SearchUpdates


@dataclass
class RemoteCoordinator:
    """The engine's `Peers`, asked for over the pipe."""

    pipe: Pipe
    is_leader: bool
    shared: bool = True

    def poll(self, *, last: bool = False) -> Updates:
        reply = self.pipe.request(PollUpdates(last), SearchUpdates)
        return Updates([Trial.from_json(trial) for trial in reply.trials], reply.at_hand, reply.left_s)

    def claim_number(self, trial: Trial) -> bool:
        return self.pipe.request(ClaimNumber(trial.to_json()), NumberClaimed).claimed
