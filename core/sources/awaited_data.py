"""Jobs that wait for a fetch: each gets its dataset once that is there, or ends with the fetch's error.

`sourcework#user#fetch#job` is written before the job, and read once the fetch is over; whoever writes a job looks at
the fetch after that. So one of the two sees the other.
"""

from __future__ import annotations

from dataclasses import replace

from core.datasets.states import UPLOADED
from core.domain.records import Json, TaskRef
from core.domain.sources import FAILED, GOOD, Fetch
from core.domain.trainings import Job
from core.errors import failure
from core.jobs.jobs import train_ref
from core.sources.fetches import Fetches
from core.sources.source_rows import waiting_prefix
from core.storage import rows


class AwaitedData:
    """The data that jobs wait for."""

    def __init__(self, fetches: Fetches) -> None:
        self.tables = fetches.tables
        self.fetches = fetches

    def resolve(self, user_id: str, spec: Json, key: str | None) -> Json:
        """Return the body of a job with its dataset, or the number of the fetch that will tell it.

        Raises NotFound for the source.
        """
        source = self.fetches.rows.get(user_id, spec["source_id"])
        dataset = self.fetches.fresh_dataset(user_id, source.id, source.max_age_s)
        if dataset is not None:
            return {**spec, "dataset_id": dataset.id}
        of_job = None if key is None else f"job {key}"
        fetch = self.fetches.request(user_id, source.id, {"kind": "job"}, key=of_job)
        return {**spec, "dataset_id": None, "fetch": fetch.number}

    def register(self, job: Job, ref: TaskRef) -> None:
        """Have the job found once its fetch is over. Before the job's own row."""
        self.tables.put(self._prefix(job) + ref.path, b"")

    def fetch_of(self, job: Job) -> Fetch | None:
        """Return the fetch that a job waits for, None if it waits for none or that was deleted."""
        if job.spec.get("dataset_id") or job.spec.get("fetch") is None:
            return None
        return self.fetches.of(job.user_id, job.spec["source_id"], job.spec["fetch"])

    def give(self, job: Job, ref: TaskRef) -> Job:
        """Give the job its dataset if its fetch is over; return it as it stands. May be done twice."""
        fetch = self.fetch_of(job)
        if fetch is None or fetch.state not in GOOD or fetch.dataset_id is None:
            return job
        self.tables.put(rows.key("datasetwork", job.user_id, fetch.dataset_id, ref.path), b"")
        given = fetch.dataset_id

        def named(found: Job | None) -> Job | None:
            if found is None or found.spec.get("dataset_id"):
                return None
            return replace(found, spec={**found.spec, "dataset_id": given})

        key = rows.key("job", job.user_id, job.id)
        written = rows.update(self.tables, key, Job, named)
        if written is None:
            raw = self.tables.get(key)
            written = job if raw is None else rows.load(Job, raw)
        self.tables.delete(self._prefix(job) + ref.path)
        return written

    def failure_of(self, job: Job) -> Json | None:
        """Return why the job will get no dataset, None if it has one or may get one."""
        if job.spec.get("dataset_id") or job.spec.get("fetch") is None:
            return None
        fetch = self.fetch_of(job)
        if fetch is None:
            return failure("SOURCE_DELETED", "The source was deleted before it was fetched.", "Name another one.")
        if fetch.state != FAILED:
            return None
        error = fetch.error or {}
        detail = f"Fetch {fetch.number} of its source failed: {error.get('reason')}: {error.get('detail')}"
        return failure("FETCH_FAILED", detail, error.get("hint") or "Mend the source, then retry the job.")

    def settle(self, fetch: Fetch) -> None:
        """Give the jobs that waited for this fetch their dataset, and notify of them."""
        start = waiting_prefix(fetch.user_id, fetch.source_id, fetch.number)
        for row in list(rows.scan_all(self.tables, start)):
            ref = TaskRef.parse(row.key.removeprefix(start))
            raw = self.tables.get(rows.key("job", ref.user_id, ref.id))
            if raw is not None:
                self.give(rows.load(Job, raw), ref)
                self.fetches.work.notify(ref)
            if fetch.state == FAILED:
                self.tables.delete(row.key)

    def waiting(self, job: Job) -> Json | None:
        """Return what a queued job waits for, None if that is not its data."""
        if job.spec.get("source_id") is None:
            return None
        about = {"source_id": job.spec["source_id"], "fetch": job.spec.get("fetch")}
        if job.spec.get("dataset_id"):
            dataset = self.fetches.datasets.find(job.user_id, job.dataset_id)
            if dataset is None or dataset.state != UPLOADED:
                return None
            return {**about, "for": "data", "state": "profiling", "detail": "Waiting for its data: they are read now."}
        fetch = self.fetch_of(job)
        if fetch is None:
            return None
        so_far = f", {fetch.bytes:,} bytes so far" if fetch.bytes else ""
        detail = f"Waiting for its data: fetch {fetch.number} of its source is {fetch.state}{so_far}."
        return {**about, "for": "data", "state": fetch.state, "bytes": fetch.bytes, "detail": detail}

    def forget(self, job: Job) -> None:
        """Delete what is left of the job's waiting."""
        if job.spec.get("fetch") is not None:
            self.tables.delete(self._prefix(job) + train_ref(job.user_id, job.id).path)

    def _prefix(self, job: Job) -> str:
        return waiting_prefix(job.user_id, job.spec["source_id"], job.spec["fetch"])
