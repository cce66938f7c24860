"""Start trainings, follow them and end them."""

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
from ..types.sources import Source
from ._base import OnEvent, Resource, id_of, resource_path

DEFAULT_MAX_PREDICT_MS = 10.0
"""Milliseconds that the models of an ensemble may take together for one row, unless another limit is asked for."""


class JobResource(Resource):
    """Group the calls about jobs, the trainings."""

    def train(  # noqa: PLR0913 (public: one keyword an option)
        self,
        dataset: str | Dataset | Source,
        target: str,
        time_budget_s: int | None = None,
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
        max_predict_ms: float | None = DEFAULT_MAX_PREDICT_MS,
        wait: bool = False,
        on_event: OnEvent | None = None,
    ) -> Job:
        """Start a training for the best model of a column.

        If the connection breaks, the request is sent again under one Idempotency-Key, so that it makes one job.

        Args:
            dataset: The dataset, or its id; or a source, whose newest data are fetched first where they are too old.
            target: Name of the column to predict.
            time_budget_s: Seconds of fitting; None for as many as the server takes by itself, 300.
            name: Name of the job.
            task: auto, binary, multiclass or regression.
            metric: auto, auc, log_loss, accuracy, f1, rmse, mae, r2, …
            parallelism: Number of workers that share the search.
            seed: Random seed.
            exclude_columns: Columns not to learn from.
            models: Model families to try; None tries all.
            positive_class: Label that binary metrics count as positive.
            group_column: Column whose groups are never split between training and scoring.
            time_column: Column by which scoring uses later rows than training.
            max_predict_ms: Milliseconds that the ensemble's models may take for one row; None or 0 is no limit.
            wait: Whether to return only when the job is over (see `wait`).
            on_event: Function that is called with each `Event`; it implies `wait`.

        Returns:
            The job: queued, or with `wait` succeeded.

        Raises:
            ValidationFailed: There is no such column, or a setting is not acceptable.
            NotFound: There is no such dataset.
            Conflict: The dataset was rejected.
            TooManyRequests: As many jobs as the account may have are not over.
            JobFailed: With `wait`, the job ended without a model.
        """
        kind = "source_id" if isinstance(dataset, Source) else "dataset_id"
        body = {
            kind: id_of(dataset), "target": target, "time_budget_s": time_budget_s, "name": name, "task": task,
            "metric": metric, "parallelism": parallelism, "seed": seed, "exclude_columns": list(exclude_columns),
            "models": None if models is None else list(models), "positive_class": positive_class,
            "group_column": group_column, "time_column": time_column, "max_predict_ms": max_predict_ms or 0,
        }  # fmt: skip
        job = self._submit({key: value for key, value in body.items() if value is not None})
        return self.wait(job, on_event) if wait or on_event is not None else job

    def _submit(self, body: dict[str, object]) -> Job:
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        return Job.from_json(self._transport.fetch("POST", "/jobs", json_body=body, headers=headers))

    def jobs(self, state: str | None = None, dataset: str | Dataset | None = None) -> Iterator[Job]:
        """Yield the jobs, newest first.

        Args:
            state: State of the jobs to yield; None yields all.
            dataset: The dataset that they learn from, or its id; None yields all.
        """
        dataset_id = None if dataset is None else id_of(dataset)
        return map(Job.from_json, self._transport.fetch_items("/jobs", state=state, dataset_id=dataset_id))

    def job(self, job: str | Job) -> Job:
        """Return one job as it is now.

        Raises:
            NotFound: There is no such job.
        """
        return Job.from_json(self._transport.fetch("GET", resource_path("jobs", job)))

    def trials(self, job: str | Job) -> Iterator[Trial]:
        """Yield the models that the job has tried so far."""
        return map(Trial.from_json, self._transport.fetch_items(resource_path("jobs", job, "trials")))

    def events(
        self, job: str | Job, last_event_id: str | None = None, timeout_s: float | None = None
    ) -> Iterator[Event]:
        """Yield what happens to a job until it is done. A broken connection is resumed without losing an event.

        Args:
            job: The job, or its id.
            last_event_id: Id of the event to begin after; None begins with the first one.
            timeout_s: Seconds to wait at most; None waits as long as it takes.

        Raises:
            WaitTimedOut: The job is not over after `timeout_s` seconds; it goes on.
            NotFound: There is no such job.
            ConnectionFailed: The connection broke at every attempt.
        """
        return follow(self._transport, resource_path("jobs", job), last_event_id, timeout_s)

    def wait(self, job: str | Job, on_event: OnEvent | None = None, timeout_s: float | None = None) -> Job:
        """Wait until a job has succeeded.

        Args:
            job: The job, or its id.
            on_event: Function that is called with each `Event` on the way.
            timeout_s: Seconds to wait at most; None waits as long as it takes.

        Returns:
            The job, with its `model_id`.

        Raises:
            JobFailed: The job ended without a model; JobCancelled if it was cancelled.
            WaitTimedOut: The job is not over after `timeout_s` seconds; it goes on.
            NotFound: There is no such job.
        """
        started = time.monotonic()
        if on_event is not None:
            for event in self.events(job, timeout_s=timeout_s):
                on_event(event)
        remaining_s = None if timeout_s is None else max(0.0, timeout_s - (time.monotonic() - started))
        final = poll(lambda: self.job(job), timeout_s=remaining_s)
        if final.state == "cancelled":
            raise JobCancelled(final)
        if final.state == "failed":
            raise JobFailed(final)
        return final

    def watch(self, job: str | Job) -> Job:
        """Wait as `wait` does, and show phase, time and best models: in a notebook, or on a terminal's stderr."""
        found = self.job(job)
        with training_view(found) as view:
            return self.wait(found, view.update)

    def stop(self, job: str | Job) -> Job:
        """End the search now and keep the best model so far.

        Raises:
            Conflict: The job is over already.
        """
        self._transport.send("POST", resource_path("jobs", job, "stop"))
        return self.job(job)

    def cancel(self, job: str | Job) -> Job:
        """End the job without a model.

        Raises:
            Conflict: The job is over already.
        """
        self._transport.send("POST", resource_path("jobs", job, "cancel"))
        return self.job(job)

    def retry(self, job: str | Job) -> Job:
        """Start a new job with the same settings."""
        return Job.from_json(self._transport.fetch("POST", resource_path("jobs", job, "retry")))

    def delete_job(self, job: str | Job) -> None:
        """Delete a job that is over.

        Raises:
            Conflict: The job is not over.
            NotFound: There is no such job.
        """
        self._transport.send("DELETE", resource_path("jobs", job))
