"""The fifth step: whether the new version is promoted, by itself or once a person has said so."""

from __future__ import annotations

from core.domain.pipelines import DECIDE, REFUSED, Pipeline, Run
from core.models.models import Models
from core.pipelines.gate import complete, decide, decide_first
from core.pipelines.outcomes import Outcome


class DecideStep:
    """Decides by what the comparison has come to."""

    name = DECIDE
    timeout_s = 24 * 3600.0

    def __init__(self, models: Models) -> None:
        self.models = models

    def advance(self, run: Run, pipeline: Pipeline) -> Outcome:
        """Return what becomes of the new version."""
        version = run.facts["version"]
        if pipeline.promote == "never":
            why = f"Version {version} is registered; the pipeline promotes never, so that nothing is served by it."
            return Outcome("end", why, state=REFUSED)
        if run.facts.get("champion") is None:
            action, why = decide_first(pipeline.promote, self._summary(run))
        else:
            action, why = decide(pipeline.promote, run.facts["gate"], complete(pipeline.gate)["if_too_few_rows"])
        said = f"Version {version}: {why}"
        if action == "refuse":
            return Outcome("end", said, state=REFUSED)
        return Outcome("done" if action == "promote" else "ask", said)

    def _summary(self, run: Run) -> dict[str, object]:
        model = self.models.find(run.user_id, run.facts["model_id"])
        return {} if model is None else dict(model.summary)

    def stop(self, run: Run, pipeline: Pipeline) -> None:
        """Do nothing: it waits for nothing."""
