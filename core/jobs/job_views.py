"""Jobs as their owner sees them: with their state, progress and place in the queue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.domain import states
from core.domain.records import Json, TaskRef, TaskState
from core.domain.trainings import Job, Progress
from core.jobs.job_data import JobData
from core.storage import rows
from core.tasks.lifecycle import TaskLifecycle
from core.tasks.queue_position import QueueSnapshot


@dataclass(frozen=True)
class JobView:
    """A job and its state."""

    job: Job
    task_state: TaskState
    state: str
    progress: Progress | None
    queue_position: int | None
    waiting: Json | None = None
    """What it waits for while its data are fetched: {for: data, detail, …}."""


def job_views(
    jobs: Mapping[TaskRef, Job], work: TaskLifecycle, snapshot: QueueSnapshot, data: JobData
) -> list[JobView]:
    """Return jobs and their states, with three reads for all of them, and more only where data are fetched."""
    refs = list(jobs)
    task_states = work.states(refs)
    stop_requests = work.tables.get_many([rows.request_key(ref) for ref in refs])
    progress = work.tables.get_many([rows.key("progress", ref.user_id, ref.id) for ref in refs])
    any_queued = any(task_state.state == states.QUEUED for task_state in task_states.values())
    waiting = snapshot.queued_ids() if len(task_states) < len(refs) or any_queued else []
    views = []
    for ref, job in jobs.items():
        task_state = task_states.get(ref) or TaskState(states.QUEUED, job.created_at)
        stop_request = stop_requests.get(rows.request_key(ref), b"").decode() or None
        raw = progress.get(rows.key("progress", ref.user_id, ref.id))
        older = sum(other > ref.id for other in waiting)  # Ids sort newest first.
        position = 1 + older if task_state.state == states.QUEUED else None
        done = rows.load(Progress, raw) if raw else None
        state = states.public_state(task_state.state, stop_request)
        awaited = data.waiting(job) if task_state.state == states.QUEUED else None
        views.append(JobView(job, task_state, state, done, position, awaited))
    return views
