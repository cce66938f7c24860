"""The other workers of a search, in the child: its parent knows them."""

from __future__ import annotations

from dataclasses import dataclass

from automl.search.coordination import Updates
from automl.search.trial import Trial
from worker.child.main import Pipe


@dataclass
class RemoteCoordinator:
    """The engine's `Peers`, asked for over the pipe."""

    pipe: Pipe
    is_leader: bool
    shared: bool = True

    def poll(self, *, last: bool = False) -> Updates:
        answer = self.pipe.ask("news", last=last)
        return Updates([Trial.from_json(trial) for trial in answer["trials"]], answer["at_hand"], answer.get("left_s"))

    def claim_number(self, trial: Trial) -> bool:
        return bool(self.pipe.ask("reserve", trial=trial.to_json())["reserved"])
