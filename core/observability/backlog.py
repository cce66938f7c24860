"""The backlog: number of present tasks by kind and state, and how long the oldest has been waiting."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime

from core.domain.records import TaskRef, TaskState
from core.domain.states import QUEUED, RUNNING
from core.errors import Unavailable
from core.ports import QUEUES, Ports
from core.storage import rows

BATCH = 1000


@dataclass
class Backlog:
    """One measurement.

    Attributes:
        work: numbers of queued and of running tasks by (kind, state).
        oldest_s: age in seconds, by the wall clock, of the oldest queued task of each kind.
        depths: messages ready to be taken, by queue; empty if the queue cannot be reached.
        reached: whether both tables and queue could be reached.
    """

    work: Counter[tuple[str, str]] = field(default_factory=Counter)
    oldest_s: dict[str, float] = field(default_factory=dict)
    depths: dict[str, int] = field(default_factory=dict)
    reachable: dict[str, bool] = field(default_factory=dict)


def measure_backlog(ports: Ports) -> Backlog:
    """Measure all unfinished tasks. A back end that cannot be reached is left out."""
    backlog = Backlog()
    for name, count in (("tables", _count_work), ("queue", _count_messages)):
        try:
            count(ports, backlog)
            backlog.reachable[name] = True
        except Unavailable:
            backlog.reachable[name] = False
    return backlog


def _count_work(ports: Ports, backlog: Backlog) -> None:
    refs = [TaskRef.parse(row.key.removeprefix("active#")) for row in rows.scan_all(ports.tables, "active#")]
    now = datetime.now(UTC)
    for start in range(0, len(refs), BATCH):
        batch = {rows.task_state_key(ref): ref for ref in refs[start : start + BATCH]}
        for key, raw in ports.tables.get_many(list(batch)).items():
            kind, task_state = batch[key].kind, rows.load(TaskState, raw)
            if task_state.state in (QUEUED, RUNNING):
                backlog.work[kind, task_state.state] += 1
            if task_state.state == QUEUED:
                age_s = (now - datetime.fromisoformat(task_state.created_at)).total_seconds()
                backlog.oldest_s[kind] = max(backlog.oldest_s.get(kind, 0.0), age_s)


def _count_messages(ports: Ports, backlog: Backlog) -> None:
    backlog.depths = {queue: ports.queue.depth(queue) for queue in QUEUES}
