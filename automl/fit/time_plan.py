"""When each step after the search must be over."""

from __future__ import annotations

import time
from dataclasses import dataclass


@dataclass(frozen=True)
class _Step:
    share: float
    """Share of the seconds that the steps before it must leave over."""
    most_s: float = float("inf")


SELECT = _Step(0.25)
SCORE = _Step(0.25)
EXPLAIN = _Step(0.3, most_s=5.0)
DEPENDENCE = _Step(0.5)
LEARNING = _Step(0.7)
"""The learning curve is the first to be left out."""
LAST_RESORT_S = 2.0


@dataclass(frozen=True)
class TimePlan:
    """Share out a stretch of time; each deadline, a `time.monotonic()`, is fixed when the stretch begins.

    What a step leaves over goes to those after it, and in the end to the models.

    Attributes:
        started: when the stretch began.
        seconds: how long it is.
    """

    started: float
    seconds: float

    @classmethod
    def begin(cls, seconds: float) -> TimePlan:
        """Plan the seconds from now on."""
        return cls(time.monotonic(), seconds)

    @property
    def select(self) -> float:
        """End of the choice of the ensemble, in a stretch that begins when the search is over."""
        return self._end(SELECT)

    @property
    def score(self) -> float:
        """End of the ensemble's score, after `select`."""
        return self._end(SELECT, SCORE)

    @property
    def importance(self) -> float:
        """End of the importance of columns, in a stretch that begins when the ensemble is chosen."""
        return self._end(EXPLAIN)

    @property
    def review(self) -> float:
        """End of the evaluation, after `importance`."""
        return self._end(EXPLAIN, EXPLAIN)

    @property
    def dependence(self) -> float:
        """End of partial dependence, in a stretch that begins when the models are made."""
        return self._end(DEPENDENCE)

    @property
    def learning(self) -> float:
        """End of the learning curve, after `dependence`."""
        return self._end(DEPENDENCE, LEARNING)

    @property
    def last_resort(self) -> float:
        """End of the fit of models where there is none when the time is up."""
        return self.started + LAST_RESORT_S

    def _end(self, *steps: _Step) -> float:
        spent = 0.0
        for step in steps:
            spent += min(step.share * (self.seconds - spent), step.most_s)
        return self.started + spent
