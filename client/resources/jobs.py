"""Jobs: train, watch, stop."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Sequence

from ..display import training_view
from ..http.polling import poll
from ..http.sse import follow
from ..outcomes import JobCancelled, JobFailed
from ..types.datasets import Dataset
from ..types.jobs import Event, Job, Trial
from ._base import OnEvent, Resource, id_of, resource_path


class JobResource(Resource):
    """The trainings."""

    def train(
        self,
        dataset: str | Dataset,
        target: str,
        time_budget_s: int = 300,
        *,
        name: str | None = None,
        task: str = "auto",
        metric: str = "auto",
        parallelism: int = 1,
        seed: int = 0,
        exclude_columns: Sequence[str] = (),
        models: Sequence[str] | None = None,
        positive_class: str | None = None,
        group_column: str | None = None,
        time_column: str | None = None,
        max_predict_ms: float | None = None,
        wait: bool = False,
        on_event: OnEvent | None = None,
    ) -> Job:
        """Start a training for the best model of column `target`.

        time_budget_s: seconds of fitting.
        task: auto, binary, multiclass or regression; metric: auto, auc, log_loss, accuracy, rmse, …
        exclude_columns: columns not to learn from; models: the families to try (None: all).
        positive_class: the label that binary metrics count as positive.
        group_column, time_column: keep groups together, or train on the past only, when scoring.
        max_predict_ms: the longest that predicting one row may take.
        wait: return only when it is over (see `wait`); `on_event` is then called with each Event.

        Tried again under one Idempotency-Key if the connection breaks: it makes one job.
        Raises ValidationFailed, NotFound, Conflict (dataset rejected), and with `wait` JobFailed.
        """
        optional = {
            "name": name,
            "models": None if models is None else list(models),
            "positive_class": positive_class,
            "group_column": group_column,
            "time_column": time_column,
            "max_predict_ms": max_predict_ms,
        }
        body = {
            "dataset_id": id_of(dataset),
            "target": target,
            "time_budget_s": time_budget_s,
            "task": task,
            "metric": metric,
            "parallelism": parallelism,
            "seed": seed,
            "exclude_columns": list(exclude_columns),
            **{key: value for key, value in optional.items() if value is not None},
        }
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        job = Job.from_json(self._transport.fetch("POST", "/jobs", json_body=body, headers=headers))
        return self.wait(job, on_event) if wait or on_event is not None else job

    def jobs(self, state: str | None = None, dataset: str | Dataset | None = None) -> Iterator[Job]:
        """All jobs (in `state`, of `dataset`), newest first."""
        dataset_id = None if dataset is None else id_of(dataset)
        return map(Job.from_json, self._transport.fetch_items("/jobs", state=state, dataset_id=dataset_id))

    def job(self, job: str | Job) -> Job:
        """One job as it is now. Raises NotFound."""
        return Job.from_json(self._transport.fetch("GET", resource_path("jobs", job)))

    def trials(self, job: str | Job) -> Iterator[Trial]:
        """The models tried so far."""
        return map(Trial.from_json, self._transport.fetch_items(resource_path("jobs", job, "trials")))

    def events(
        self, job: str | Job, last_event_id: str | None = None, timeout_s: float | None = None
    ) -> Iterator[Event]:
        """What happens to a job, from its beginning or after `last_event_id`, until it is done.

        Broken connections are taken up again; nothing is missed. Raises WaitTimedOut, NotFound,
        ConnectionFailed.
        """
        return follow(self._transport, resource_path("jobs", job), last_event_id, timeout_s)

    def wait(self, job: str | Job, on_event: OnEvent | None = None, timeout_s: float | None = None) -> Job:
        """The job once it has succeeded; `on_event` is called with each Event on the way.

        Raises JobFailed (JobCancelled if that is why), WaitTimedOut (the job goes on), NotFound.
        """
        begun = time.monotonic()
        if on_event is not None:
            for event in self.events(job, timeout_s=timeout_s):
                on_event(event)
        left_s = None if timeout_s is None else max(0.0, timeout_s - (time.monotonic() - begun))
        final = poll(lambda: self.job(job), timeout_s=left_s)
        if final.state == "cancelled":
            raise JobCancelled(final)
        if final.state == "failed":
            raise JobFailed(final)
        return final

    def watch(self, job: str | Job) -> Job:
        """As `wait`, with a live view of phase, time and best models: in a notebook, or on a terminal's stderr."""
        found = self.job(job)
        with training_view(found) as view:
            return self.wait(found, view.update)

    def stop(self, job: str | Job) -> Job:
        """End the search now and keep the best model so far. Raises Conflict if it is over already."""
        self._transport.send("POST", resource_path("jobs", job, "stop"))
        return self.job(job)

    def cancel(self, job: str | Job) -> Job:
        """Give the job up; there will be no model. Raises Conflict if it is over already."""
        self._transport.send("POST", resource_path("jobs", job, "cancel"))
        return self.job(job)

    def retry(self, job: str | Job) -> Job:
        """A new job with the same wishes."""
        return Job.from_json(self._transport.fetch("POST", resource_path("jobs", job, "retry")))

    def delete_job(self, job: str | Job) -> None:
        """Delete a job that is over. Raises Conflict, NotFound."""
        self._transport.send("DELETE", resource_path("jobs", job))
