"""Use cases around trainings: submit, follow, stop, cancel, retry, delete."""

from __future__ import annotations

from collections.abc import Iterable

from core.datasets.datasets import Datasets
from core.datasets.states import dataset_deleted
from core.domain import states
from core.domain.ids import new_id, now
from core.domain.records import Json, TaskRef, TaskState
from core.domain.trainings import Event, Job, TrialRow
from core.errors import Conflict, NotFound
from core.jobs.events import EventLog
from core.jobs.job_data import JobData
from core.jobs.job_rows import delete_job_rows
from core.jobs.job_spec import check_spec
from core.jobs.job_views import JobView, job_views
from core.limits.quotas import QuotaService, quota_exceeded
from core.observability.request_context import current_request_context
from core.ports import Ports
from core.storage import rows
from core.storage.idempotency import reserve, reserved
from core.storage.rows import Page
from core.tasks.completion import TaskFinalizer
from core.tasks.lifecycle import TaskLifecycle
from core.tasks.queue_position import QueueSnapshot

TRAIN = "train"
"""Name of the kind of task that does a job."""
RETRY_AFTER_S = 60
"""Seconds after which a job beyond the quota may be worth another try."""


class Jobs:
    """A user's jobs."""

    def __init__(
        self, ports: Ports, work: TaskLifecycle, datasets: Datasets, settler: TaskFinalizer, quotas: QuotaService,
        data: JobData,
    ) -> None:  # fmt: skip
        self.tables = ports.tables
        self.work = work
        self.datasets = datasets
        self.settler = settler
        self.quotas = quotas
        self.data = data
        self.waiting = QueueSnapshot(self.work, TRAIN)

    def submit(self, user_id: str, spec: Json, key: str | None = None, id: str | None = None) -> JobView:
        """Queue a training.

        One that names a source gets its newest dataset; where that is too old it waits for a fetch first. Succeeds also
        when the queue cannot be reached: the sweeper publishes later.

        Args:
            user_id: whose it is.
            spec: the body of POST /jobs with defaults filled in.
            key: Idempotency-Key.
            id: of the job, where it follows from what the job is for: submitted again it is the same job.
        """
        body = rows.digest(rows.dump(spec))
        known = id or reserved(self.tables, user_id, "jobs", key, body)
        # A job whose request crashed before it was queued is queued now: the sweeper would wait a minute.
        if known and (earlier := self.find(user_id, known)) and self.work.state(train_ref(user_id, known)):
            return self.view(earlier)
        if spec.get("dataset_id") is None:
            self._check_quota(user_id, extra=1)  # Nothing is fetched for a job that is refused.
            spec = self.data.resolve(user_id, spec, key or id)
        dataset = None if spec["dataset_id"] is None else self.datasets.get(user_id, spec["dataset_id"])
        if dataset is not None:
            check_spec(spec, dataset)
        self._check_quota(user_id, extra=1)
        # The same request may be under way elsewhere: then both write the same rows.
        if id is None:
            id, _ = reserve(self.tables, user_id, "jobs", key, body, new_id())
        ref = train_ref(user_id, id)
        job = Job(id, user_id, now(), spec)
        self.work.register(ref)
        # Count again now that this job counts: of two that come at once, the last to write sees both. The registration
        # is left to the sweeper, as the same request may be under way elsewhere, and succeed.
        self._check_quota(user_id)
        self.tables.put(rows.key("jobs_all", id), user_id.encode())
        if dataset is None:
            self.data.register(job, ref)
        else:
            self.tables.put(rows.key("datasetwork", user_id, dataset.id, ref.path), b"")
        if not self.tables.put_if_absent(rows.key("job", user_id, id), rows.dump(job)):
            job = self.find(user_id, id) or job  # Perhaps with the fetch of the request that crashed.
        job = self.data.give(job, ref)  # The fetch may be over by now.
        self.record_queued_event(ref)
        self.work.create_if_absent(ref)
        # A dataset's tombstone is set before its users are counted, and read after a user is written: one sees
        # the other.
        if dataset is not None and self.datasets.find(user_id, dataset.id) is None and not self._has_run(ref):
            self.delete_rows(job)
            raise NotFound("dataset", dataset.id)
        self.work.notify(ref, origin=current_request_context())
        self.waiting.forget()
        return self.view(job)

    def _has_run(self, ref: TaskRef) -> bool:
        """Return whether the same request was answered elsewhere, and its dataset deleted once the job was over."""
        found = self.work.state(ref)
        return found is not None and found.state in states.FINAL and found.error != dataset_deleted()

    def record_queued_event(self, ref: TaskRef) -> None:
        """Write the `queued` event before the task can be claimed, so that it is the first event."""
        EventLog(self.tables, ref.user_id, ref.id).append_first({"state": states.QUEUED})

    def _check_quota(self, user_id: str, extra: int = 0) -> None:
        """Raise QUOTA_EXCEEDED if the user's unfinished jobs plus `extra` new ones exceed the quota."""
        most = self.quotas.for_user_id(user_id).queued_jobs
        active = self.tables.scan(rows.prefix("active", TRAIN, user_id), most + 1)
        if len(active) + extra > most:
            raise quota_exceeded("queued_jobs", most, "Wait for jobs to finish, or cancel some.", RETRY_AFTER_S)

    def request_stop(self, user_id: str, id: str, stop_request: str) -> JobView:
        """Stop (keep the best so far) or cancel. Raises Conflict if it is over, or not begun for a stop."""
        job = self.get(user_id, id)
        ref = train_ref(user_id, id)
        task_state = self._task_state(job)
        if task_state.state == states.QUEUED and stop_request == states.STOP:
            raise Conflict(
                "JOB_NOT_RUNNING", "This job has not started, so there is no model to keep. Cancel it instead."
            )
        if task_state.state == states.QUEUED and self.work.finish_unclaimed(ref, states.CANCELLED):
            self.settler.finalize(ref)
            return self.view(job)
        task_state = self._task_state(job)
        if task_state.state in states.FINAL:
            raise Conflict("JOB_OVER", f"This job has already {task_state.state}.")
        if self.work.stop_request(ref) not in (states.CANCEL, stop_request):
            self.tables.put(rows.request_key(ref), stop_request.encode())
            state = states.public_state(states.RUNNING, stop_request)
            EventLog(self.tables, user_id, id).append("state", {"state": state}, task_state.epoch)
        return self.view(job)

    def retry(self, user_id: str, id: str) -> JobView:
        """Submit a new job with the same body: on the same data, unless they were never fetched."""
        spec = {name: value for name, value in self.get(user_id, id).spec.items() if name != "fetch"}
        return self.submit(user_id, spec)

    def find(self, user_id: str, id: str) -> Job | None:
        raw = self.tables.get(rows.key("job", user_id, id))
        return None if raw is None else rows.load(Job, raw)

    def get(self, user_id: str, id: str) -> Job:
        """Return the job; raises NotFound."""
        job = self.find(user_id, id)
        if job is None:
            raise NotFound("job", id)
        return job

    def view(self, job: Job) -> JobView:
        """Return the job and its state."""
        return self.views([job])[0]

    def views(self, jobs: Iterable[Job]) -> list[JobView]:
        """Return many jobs and their states."""
        refs = {train_ref(job.user_id, job.id): job for job in jobs}
        return job_views(refs, self.work, self.waiting, self.data)

    def page(
        self, user_id: str, size: int, after: str | None = None, *, state: str | None = None, dataset: str | None = None
    ) -> Page[JobView]:  # fmt: skip
        """Return a page of jobs, newest first, of one state or one dataset if given."""
        if state is not None:
            return self._page_of_ids(user_id, self._ids_in_state(user_id, state), size, after, state, dataset)
        if dataset is not None:
            start = rows.prefix("datasetwork", user_id, dataset, TRAIN, user_id)
            ids = [row.key.removeprefix(start) for row in rows.scan_all(self.tables, start)]
            return self._page_of_ids(user_id, ids, size, after, None, dataset)
        found = rows.page(self.tables, Job, rows.prefix("job", user_id), size, after)
        return Page(self.views(found.items), found.next)

    def _page_of_ids(
        self, user_id: str, ids: list[str], size: int, after: str | None, state: str | None, dataset: str | None
    ) -> Page[JobView]:
        ids = [id for id in ids if after is None or id > after]
        items: list[JobView] = []
        while ids and len(items) <= size:
            batch, ids = ids[: size + 1], ids[size + 1 :]
            raws = self.tables.get_many([rows.key("job", user_id, id) for id in batch])
            jobs = [rows.load(Job, raw) for _, raw in sorted(raws.items())]
            items += [
                view for view in self.views(jobs)
                if state in (None, view.state) and dataset in (None, view.job.dataset_id)
            ]  # fmt: skip
        return Page(items[:size], items[size - 1].job.id if len(items) > size else None)

    def _ids_in_state(self, user_id: str, state: str) -> list[str]:
        # Index rows are written before their job's last `active` row is deleted: together they miss nothing.
        starts = [rows.prefix("active", TRAIN, user_id)]
        if state in states.FINAL:
            starts.append(rows.prefix("jobstate", user_id, state))
        return sorted({row.key.removeprefix(start) for start in starts for row in rows.scan_all(self.tables, start)})

    def trials(self, job: Job, size: int, after: str | None = None) -> Page[TrialRow]:
        """Return a page of the search's trials, in the order of their numbers."""
        return rows.page(self.tables, TrialRow, rows.prefix("trial", job.user_id, job.id), size, after)

    def event_kind(self, job: Job, seq: int) -> str | None:
        """Return the kind of the event of that number, None if there is none."""
        raw = self.tables.get(rows.key("event", job.user_id, job.id, seq))
        return rows.load(Event, raw).kind if raw else None

    def _task_state(self, job: Job) -> TaskState:
        task_state = self.work.state(train_ref(job.user_id, job.id))
        return task_state or TaskState(states.QUEUED, job.created_at)

    def delete(self, user_id: str, id: str) -> None:
        """Delete a finished job with its history; the model it made stays. Raises Conflict before it is over."""
        job = self.get(user_id, id)
        if self._task_state(job).state not in states.FINAL:
            self.get(user_id, id)  # An earlier deletion whose answer was lost may have taken the job meanwhile.
            raise Conflict("JOB_NOT_OVER", "This job has not ended yet: cancel it first.")
        # Until it is committed, its model counts because the control row names it.
        self.settler.finalize(train_ref(user_id, id))
        erasure = rows.key("erasure", "job", user_id, id)
        self.tables.put(erasure, rows.dump(job))
        self.tables.delete(rows.key("job", user_id, id))  # From here on its user no longer sees it.
        self.delete_rows(job)
        self.tables.delete(erasure)

    def resume_deletion(self, raw: bytes) -> None:
        """Delete what is left of the job whose record is given."""
        self.delete_rows(rows.load(Job, raw))

    def delete_rows(self, job: Job) -> None:
        """Delete every row of the job, its own last."""
        delete_job_rows(self.tables, self.work, train_ref(job.user_id, job.id), job)
        self.data.forget(job)


def train_ref(user_id: str, id: str) -> TaskRef:
    """Return the reference of the task that does a job."""
    return TaskRef(TRAIN, user_id, id)
