"""The second step: a training like any other, which counts against the same quotas."""

from __future__ import annotations

from contextlib import suppress

from core.domain import states
from core.domain.ids import derived_id
from core.domain.pipelines import TRAIN, Pipeline, Run
from core.domain.records import Json, TaskState
from core.errors import Conflict
from core.jobs.jobs import Jobs, train_ref
from core.models.models import Models
from core.pipelines.outcomes import Outcome, failed
from core.pipelines.run_rows import RunRows


class TrainStep:
    """Submits the job, and waits for its end."""

    name = TRAIN
    timeout_s = 7 * 24 * 3600.0
    """However long the queue is: a training itself ends by its budget."""

    def __init__(self, runs: RunRows, jobs: Jobs, models: Models) -> None:
        self.runs = runs
        self.jobs = jobs
        self.models = models

    def advance(self, run: Run, pipeline: Pipeline) -> Outcome:
        """Return how far the training is."""
        ref = train_ref(run.user_id, derived_id(run.id, TRAIN))
        task_state = self.jobs.work.state(ref)
        if task_state is None:
            if (run.step or {}).get("ref"):
                return failed("JOB_DELETED", "The job was deleted before it was over.")
            self.runs.link(run, ref)
            self.jobs.submit(run.user_id, spec_of(run, pipeline), id=ref.id)
        if task_state is None or task_state.state not in states.FINAL:
            budget_s = pipeline.job.get("time_budget_s", 0)
            return Outcome("wait", f"A model is trained, for {budget_s:,.0f} s.", f"job/{ref.id}", tasks=(ref,))
        return self._end(run, ref.id, task_state)

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
        why = (
            f"The model has {figures['metric']} {figures['score']:.4g}." if figures["score"] is not None else "Trained."
        )
        facts = {"job_id": job_id, "model_id": model_id}
        return Outcome("done", why, f"job/{job_id}", figures, facts)

    def stop(self, run: Run, pipeline: Pipeline) -> None:
        """Cancel the job."""
        id = derived_id(run.id, TRAIN)
        if self.jobs.find(run.user_id, id) is not None:
            with suppress(Conflict):  # It is over.
                self.jobs.request_stop(run.user_id, id, states.CANCEL)


def spec_of(run: Run, pipeline: Pipeline) -> Json:
    """Return the body of POST /jobs: the same each time it is asked for."""
    return {**pipeline.job, "dataset_id": run.facts["dataset_id"], "name": f"{pipeline.name} #{run.number}"[:200]}


def figures_of(summary: Json) -> Json:
    """Return what there is to say of a model in figures."""
    metric = summary.get("metric")
    reported = summary.get("scores", {}).get("reported", {}).get(metric) or {}
    return {
        "task": summary.get("task"), "metric": metric, "score": reported.get("mean"),
        "standard_error": reported.get("standard_error"), "rows": summary.get("rows"),
    }  # fmt: skip
