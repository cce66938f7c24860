"""The fifth step: whether the new version is promoted, by itself or once a person has said so."""

from __future__ import annotations

from core.domain.pipelines import DECIDE, REFUSED, Pipeline, Run
from core.pipelines.outcomes import Outcome


class DecideStep:
    """Decides."""

    name = DECIDE
    timeout_s = 24 * 3600.0

    def advance(self, run: Run, pipeline: Pipeline) -> Outcome:
        """Return what becomes of the new version."""
        version, is_first = run.facts["version"], run.facts.get("champion") is None
        if pipeline.promote == "never":
            why = f"Version {version} is registered; the pipeline promotes never, so that nothing is served by it."
            return Outcome("end", why, state=REFUSED)
        if pipeline.promote == "auto" and is_first:
            return Outcome("done", f"Version {version} is the first: nothing is served yet that it could make worse.")
        return Outcome("ask", f"Version {version} waits for somebody who approves or rejects it.")

    def stop(self, run: Run, pipeline: Pipeline) -> None:
        """Do nothing: it waits for nothing."""
