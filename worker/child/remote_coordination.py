"""The other workers of a search, in the child: its parent knows them."""

from __future__ import annotations

from dataclasses import dataclass

from automl.search.coordination import News
from automl.search.trial import Trial
from worker.child.main import Pipe


@dataclass
class Others:
    """The engine's `Peers`, asked for over the pipe."""

    pipe: Pipe
    leads: bool
    shared: bool = True

    def news(self, *, last: bool = False) -> News:
        answer = self.pipe.ask("news", last=last)
        return News([Trial.from_json(trial) for trial in answer["trials"]], answer["at_hand"], answer.get("left_s"))

    def reserve(self, trial: Trial) -> bool:
        return bool(self.pipe.ask("reserve", trial=trial.to_json())["reserved"])
