"""A user's present consumption, to compare with the quotas."""

from __future__ import annotations

from dataclasses import dataclass

from core.domain import states
from core.domain.records import TaskRef
from core.jobs.jobs import TRAIN
from core.limits.storage_quota import stored_bytes
from core.ports import Tables
from core.storage import rows
from core.tasks.lifecycle import TaskLifecycle


@dataclass(frozen=True)
class Usage:
    """Number of datasets, their bytes, and numbers of waiting and running trainings."""

    datasets: int
    bytes: int
    queued: int
    running: int


def measure_usage(tables: Tables, work: TaskLifecycle, user_id: str) -> Usage:
    """Count what the user has now."""
    datasets, size_bytes = stored_bytes(tables, user_id)
    active = rows.scan_all(tables, rows.prefix("active", TRAIN, user_id))
    refs = [TaskRef.parse(row.key.removeprefix("active#")) for row in active]
    found = [task_state.state for task_state in work.states(refs).values()]
    return Usage(datasets, size_bytes, found.count(states.QUEUED), found.count(states.RUNNING))
