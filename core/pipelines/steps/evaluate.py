"""The fourth step: the new version is compared with the champion, on rows that neither has been fitted on."""

from __future__ import annotations

from contextlib import suppress

from core.domain import states
from core.domain.comparisons import Comparison
from core.domain.endpoints import EndpointVersion
from core.domain.ids import derived_id, now
from core.domain.pipelines import EVALUATE, Pipeline, Run
from core.domain.records import Json
from core.endpoints.endpoints import Endpoints
from core.errors import Invalid, NotFound
from core.evaluations.comparisons import Comparisons, check_comparable, check_metric
from core.evaluations.measurements import check_labelled
from core.models.decision_rules import answering
from core.pipelines.gate import comparison_settings, complete, verdict_of, verdict_of_failure
from core.pipelines.outcomes import Outcome, failed
from core.pipelines.run_rows import RunRows

SHOWN = (
    "outcome", "metric", "rows", "units", "which", "confidence", "champion", "challenger", "difference", "gain",
    "reason",
)  # fmt: skip
"""What the step shows of a verdict; the comparison has all of it."""


class EvaluateStep:
    """Compares them."""

    name = EVALUATE
    timeout_s = 24 * 3600.0

    def __init__(self, runs: RunRows, comparisons: Comparisons, endpoints: Endpoints) -> None:
        self.runs = runs
        self.comparisons = comparisons
        self.endpoints = endpoints

    def advance(self, run: Run, pipeline: Pipeline) -> Outcome:
        """Return what the comparison has come to."""
        if run.facts.get("champion") is None:
            return Outcome("done", "There is no champion to compare it with.")
        if pipeline.promote == "never":
            return Outcome("done", "It is not compared with the champion, as the pipeline promotes never.")
        ref = self.comparisons.ref(run.user_id, derived_id(run.id, EVALUATE))
        task_state = self.comparisons.work.state(ref)
        if task_state is None:
            if (run.step or {}).get("ref"):
                return failed("COMPARISON_DELETED", "The comparison was deleted before it was over.")
            self.runs.link(run, ref)
            try:
                self.comparisons.enqueue(self._comparison(run, pipeline, ref.id))
            except Invalid as exc:
                return self._judged(run, {"reason": exc.reason, "detail": exc.detail})
        if task_state is None or task_state.state not in states.FINAL:
            why = f"It is compared with the champion, version {run.facts['champion']}."
            return Outcome("wait", why, f"comparison/{ref.id}", tasks=(ref,))
        verdict = verdict_of(task_state)
        if verdict is None:
            return self._judged(run, task_state.error or {})
        return _done(run, verdict, ref.id)

    def _judged(self, run: Run, error: Json) -> Outcome:
        """Return what follows from an error: that they cannot be compared, or the end of the run."""
        verdict = verdict_of_failure(error)
        if verdict is None:
            why = f"The comparison failed: {error.get('detail', 'for a reason unknown.')}"
            return failed(error.get("reason", "COMPARISON_FAILED"), why, error.get("hint", ""))
        return _done(run, verdict, None)

    def _comparison(self, run: Run, pipeline: Pipeline, id: str) -> Comparison:
        """Return the comparison, the champion first; raises NotFound, Invalid where they cannot be compared."""
        gate = complete(pipeline.gate)
        endpoint = self.endpoints.get(run.user_id, pipeline.endpoint)
        versions = [self.endpoints.versions.of(endpoint, run.facts[name]) for name in ("champion", "version")]
        models = [self.comparisons.models.get(run.user_id, version.model_id) for version in versions]
        if models[0].id == models[1].id:
            raise Invalid("SAME_MODEL_TWICE", "The new version and the champion are the same model.")
        check_comparable(models)
        check_metric(models, gate["metric"])
        dataset_id = gate["test_dataset_id"] or run.facts["dataset_id"]
        check_labelled(models, self.comparisons.datasets.get(run.user_id, dataset_id))
        name = f"{pipeline.name} #{run.number}: version {versions[1].version} against {versions[0].version}"[:200]
        return Comparison(
            id, run.user_id, dataset_id, now(), [_named(endpoint.name, version) for version in versions], name,
            gate["metric"], comparison_settings(gate),
        )  # fmt: skip

    def stop(self, run: Run, pipeline: Pipeline) -> None:
        """Delete the comparison."""
        with suppress(NotFound):
            self.comparisons.delete(run.user_id, derived_id(run.id, EVALUATE))


def _named(endpoint: str, version: EndpointVersion) -> Json:
    rule = version.decision and answering(version.decision)
    return {"model_id": version.model_id, "endpoint": endpoint, "version": version.version, "decision": rule}


def _done(run: Run, verdict: Json, comparison_id: str | None) -> Outcome:
    shown = {name: verdict[name] for name in SHOWN if name in verdict}
    facts = {"gate": {**shown, "why": verdict["why"]}, "evaluation_id": comparison_id}
    ref = None if comparison_id is None else f"comparison/{comparison_id}"
    return Outcome("done", verdict["why"], ref, shown, facts)
