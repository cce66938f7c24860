"""The fourth step: the new version is compared with the champion."""

from __future__ import annotations

from core.domain.pipelines import EVALUATE, Pipeline, Run
from core.pipelines.outcomes import Outcome


class EvaluateStep:
    """Compares them."""

    name = EVALUATE
    timeout_s = 24 * 3600.0

    def advance(self, run: Run, pipeline: Pipeline) -> Outcome:
        """Return what the comparison has come to."""
        if run.facts.get("champion") is None:
            return Outcome("done", "There is no champion to compare it with.")
        return Outcome("done", "It was not compared with the champion: both have scores of their own training.")

    def stop(self, run: Run, pipeline: Pipeline) -> None:
        """Do nothing: it waits for nothing."""
