"""The second step: a training like any other, which counts against the same quotas."""

from __future__ import annotations

from core.domain import states
from core.domain.endpoints import CHAMPION
from core.domain.ids import derived_id
from core.domain.pipelines import TRAIN, Pipeline, Run
from core.domain.records import Json, TaskState
from core.endpoints.endpoints import Endpoints
from core.errors import RequestError
from core.jobs.jobs import Jobs, train_ref
from core.pipelines.gate import holdout_of
from core.pipelines.outcomes import Outcome, failed
from core.pipelines.run_rows import RunRows
from vocabulary import METRICS


class TrainStep:
    """Submits the job, and waits for its end."""

    name = TRAIN
    timeout_s = 7 * 24 * 3600.0
    """However long the queue is: a training itself ends by its budget."""

    def __init__(self, runs: RunRows, jobs: Jobs, endpoints: Endpoints) -> None:
        self.runs = runs
        self.jobs = jobs
        self.endpoints = endpoints
        self.models = endpoints.versions.models

    def advance(self, run: Run, pipeline: Pipeline) -> Outcome:
        """Return how far the training is."""
        ref = train_ref(run.user_id, derived_id(run.id, TRAIN))
        task_state = self.jobs.work.state(ref)
        if task_state is None:
            if (run.step or {}).get("ref"):
                return failed("JOB_DELETED", "The job was deleted before it was over.")
            self.runs.link(run, ref)
            self.jobs.submit(run.user_id, spec_of(run, pipeline, self._champion(run, pipeline)), id=ref.id)
        if task_state is None or task_state.state not in states.FINAL:
            budget_s = pipeline.job.get("time_budget_s", 0)
            return Outcome("wait", f"A model is trained, for {budget_s:,.0f} s.", f"job/{ref.id}", tasks=(ref,))
        return self._end(run, ref.id, task_state)

    def _champion(self, run: Run, pipeline: Pipeline) -> Json | None:
        """Return the summary of the model that is served, None where nothing is."""
        endpoint = self.endpoints.find(run.user_id, pipeline.endpoint)
        number = None if endpoint is None else endpoint.aliases.get(CHAMPION)
        if endpoint is None or number is None:
            return None
        version = self.endpoints.versions.rows.find(endpoint, number)
        model = None if version is None else self.models.find(run.user_id, version.model_id)
        return None if model is None else model.summary

    def _end(self, run: Run, job_id: str, task_state: TaskState) -> Outcome:
        if task_state.state == states.FAILED:
            error = task_state.error or {}
            why = f"The training failed: {error.get('detail', 'for a reason unknown.')}"
            return failed(error.get("reason", "TRAINING_FAILED"), why, error.get("hint", ""))
        if task_state.state == states.CANCELLED:
            return failed("JOB_CANCELLED", "The training was cancelled, so that there is no model.")
        model_id = (task_state.result or {})["model_id"]
        model = self.models.find(run.user_id, model_id)
        if model is None:
            return failed("MODEL_DELETED", "The model was deleted before the run was over.")
        figures = figures_of(model.summary)
        score, why = figures["score"], "Trained."
        if score is not None:
            why = f"The model has {METRICS[figures['metric']].name} {score:.4g}."
        facts = {"job_id": job_id, "model_id": model_id}
        return Outcome("done", why, f"job/{job_id}", figures, facts)

    def stop(self, run: Run, pipeline: Pipeline) -> None:
        """Cancel the job; one that was not through with being submitted is submitted first."""
        ref = train_ref(run.user_id, derived_id(run.id, TRAIN))
        job = self.jobs.find(run.user_id, ref.id)
        if job is None:
            return
        try:
            if self.jobs.work.state(ref) is None:
                self.jobs.submit(run.user_id, spec_of(run, pipeline, self._champion(run, pipeline)), id=ref.id)
            self.jobs.request_stop(run.user_id, ref.id, states.CANCEL)
        except RequestError:
            if self.jobs.work.state(ref) is None:  # Else it is over.
                self.jobs.delete_rows(job)


def spec_of(run: Run, pipeline: Pipeline, champion: Json | None) -> Json:
    """Return the body of POST /jobs, and what is held out to compare the model with the champion, of this summary."""
    name = pipeline.job.get("name") or pipeline.name[:180]
    spec = {**pipeline.job, "dataset_id": run.facts["dataset_id"], "name": f"{name} #{run.number}"[:200]}
    holdout = holdout_of(pipeline, champion, list(run.facts.get("key_columns", ())))
    return spec if holdout is None else {**spec, "holdout": holdout}


def figures_of(summary: Json) -> Json:
    """Return what there is to say of a model in figures."""
    metric = summary.get("metric")
    reported = summary.get("scores", {}).get("reported", {}).get(metric) or {}
    return {
        "task": summary.get("task"), "metric": metric, "score": reported.get("mean"),
        "standard_error": reported.get("standard_error"),
    }  # fmt: skip
