"""The rows of a job: what is deleted with it."""

from __future__ import annotations

from core.domain import states
from core.domain.records import TaskRef
from core.domain.trainings import Job
from core.ports import Tables
from core.storage import rows
from core.tasks.lifecycle import TaskLifecycle


def delete_job_rows(tables: Tables, work: TaskLifecycle, ref: TaskRef, job: Job) -> None:
    """Delete every row of the job, whose task is `ref`, its own last. May be done twice."""
    for kind in ("trial", "event", "helper_slot"):
        for row in rows.scan_all(tables, rows.prefix(kind, job.user_id, job.id)):
            tables.delete(row.key)
    tables.delete(rows.key("progress", job.user_id, job.id))
    for state in states.FINAL:
        tables.delete(rows.key("jobstate", job.user_id, state, job.id))
    work.delete_rows(ref)
    tables.delete(rows.key("datasetwork", job.user_id, job.dataset_id, ref.path))
    tables.delete(rows.key("jobs_all", job.id))
    tables.delete(rows.key("job", job.user_id, job.id))
