"""The kind of task that trains a model for a job."""

from __future__ import annotations

from dataclasses import replace

from core.datasets.datasets import Datasets
from core.datasets.states import UPLOADED, missing_dataset
from core.domain import states
from core.domain.records import MODEL_DOCUMENTS, Dataset, Json, Model, TaskRef, TaskState
from core.domain.trainings import Job
from core.history.activity_log import ActivityLog
from core.jobs.events import EventLog
from core.jobs.job_spec import spec_failure
from core.jobs.jobs import TRAIN, Jobs, train_ref
from core.limits.quotas import QuotaService
from core.notifications.notifications import Notifications
from core.ports import TRAIN_QUEUE, Ports
from core.storage import blob_intents, rows
from core.tasks.helpers import HelperSlots
from core.tasks.kinds import TaskKind


class TrainTask(TaskKind):
    """Train a model. It waits for the profile of its dataset, and for an end of the user's other trainings."""

    name = TRAIN
    queue = TRAIN_QUEUE
    row_kinds = ("job", "jobstate", "progress", "trial", "event", "helper_slot")
    can_be_stopped = True

    def __init__(
        self, ports: Ports, jobs: Jobs, datasets: Datasets, quotas: QuotaService, activity: ActivityLog,
        notifications: Notifications,
    ) -> None:  # fmt: skip
        self.tables = ports.tables
        self.blobs = ports.blobs
        self.jobs = jobs
        self.work = jobs.work
        self.datasets = datasets
        self.quotas = quotas
        self.activity = activity
        self.notifications = notifications

    def missing_input(self, ref: TaskRef) -> Json | None:
        """Return why the dataset cannot be trained on, None if it can."""
        job = self._job(ref)
        if job is not None and (error := self.jobs.data.failure_of(job)):
            return error
        if job is not None and not job.dataset_id:
            return None  # Its data are fetched first.
        dataset = self._dataset(ref)
        if error := missing_dataset(dataset):
            return error
        return spec_failure(job.spec, dataset) if job and dataset else None

    def exists(self, ref: TaskRef) -> bool:
        """Return whether the job is stored."""
        return self.jobs.find(ref.user_id, ref.id) is not None

    def is_ready(self, ref: TaskRef) -> bool:
        """Return whether the dataset is there and profiled; the ends of its fetch and profile notify the workers."""
        dataset = self._dataset(ref)
        return dataset is not None and dataset.state != UPLOADED

    def max_running(self, user_id: str) -> int | None:
        """Return the quota; the end of a running job notifies the workers of the next."""
        return self.quotas.for_user_id(user_id).running_jobs

    def log_names(self, ref: TaskRef) -> dict[str, str]:
        """Return the id of the job."""
        return {"job_id": ref.id}

    def before_queued(self, ref: TaskRef) -> None:
        """Write the first event, and give it its data if they were fetched meanwhile."""
        self._job(ref)
        self.jobs.record_queued_event(ref)

    def on_finished(self, ref: TaskRef, task_state: TaskState) -> None:
        """Commit the model, tell the user, delete what the search left, and notify workers of the user's next job."""
        result = task_state.result or {}
        self._commit_model(ref, result)
        self.tables.put(rows.key("jobstate", ref.user_id, task_state.state, ref.id), b"")
        done = {"state": task_state.state, "model_id": result.get("model_id"), "error": task_state.error}
        EventLog(self.tables, ref.user_id, ref.id).append_if_not_last("done", done, task_state.epoch)
        detail = (task_state.error or {}).get("reason", "")
        self.activity.record(ref.user_id, f"job.{task_state.state}", f"job/{ref.id}", detail, once=ref.path)
        self._notify_user(ref, task_state)
        HelperSlots(self.tables, ref).delete_all()
        # Out-of-fold predictions serve a search that goes on: this one does not.
        blob_intents.delete_blobs(self.blobs, trials_prefix(ref))
        self._notify_of_next(ref)

    def retry(self, ref: TaskRef) -> str:
        """Submit a new job with the same body."""
        return f"job {self.jobs.retry(ref.user_id, ref.id).job.id} repeats job {ref.id}"

    def _job(self, ref: TaskRef) -> Job | None:
        job = self.jobs.find(ref.user_id, ref.id)
        return self.jobs.data.give(job, ref) if job is not None and not job.dataset_id else job

    def _dataset(self, ref: TaskRef) -> Dataset | None:
        job = self._job(ref)
        return self.datasets.find(ref.user_id, job.dataset_id) if job else None

    def _commit_model(self, ref: TaskRef, result: Json) -> None:
        key = rows.key("model", ref.user_id, result.get("model_id", ""))
        if rows.update(self.tables, key, Model, lambda model: model and replace(model, committed=True)) is None:
            return
        for name in ("intent", *(f"{document}_intent" for document in MODEL_DOCUMENTS)):
            if intent := result.get(name):
                blob_intents.confirm(self.tables, intent)

    def _notify_user(self, ref: TaskRef, task_state: TaskState) -> None:
        job = self.jobs.find(ref.user_id, ref.id)
        if job is None:  # Deleted already.
            return
        data = {
            "job_id": ref.id, "state": task_state.state, "dataset_id": job.dataset_id, "target": job.spec["target"],
            "model_id": (task_state.result or {}).get("model_id"), "error": task_state.error,
        }  # fmt: skip
        self.notifications.emit(ref.user_id, f"job.{task_state.state}", data, id=f"job/{ref.id}")

    def _notify_of_next(self, ref: TaskRef) -> None:
        """Notify of the oldest job that waits for the freed slot of this user, rather than for its profile."""
        start = rows.prefix("active", TRAIN, ref.user_id)
        refs = [train_ref(ref.user_id, row.key.removeprefix(start)) for row in self.tables.scan(start, 1000)]
        waiting = [other for other, task_state in self.work.states(refs).items() if task_state.state == states.QUEUED]
        for other in sorted(waiting, key=lambda other: other.id, reverse=True):  # Ids sort newest first.
            job, dataset = self._job(other), self._dataset(other)
            waits = job is not None and not job.dataset_id and not self.jobs.data.failure_of(job)
            if not waits and (not dataset or dataset.state != UPLOADED):
                self.work.notify(other)
                return


def trials_prefix(ref: TaskRef) -> str:
    """Return the prefix of the out-of-fold predictions of a job's trials."""
    return f"{ref.user_id}/trials/{ref.id}/"
