"""The jobs that a service has accepted, and how they ended, read from the rows themselves, past every api."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import TypeVar

from core.domain.records import TaskState
from core.domain.states import FINAL
from core.jobs.jobs import train_ref
from core.service import Service
from core.storage import rows
from nobrains_client import Client, ConnectionFailed, Dataset, ServerError, TooManyRequests

T = TypeVar("T")

LOOK_S = 0.1
# Jobs begin in the order of their submission, so that those that are over are soon found among the oldest.
FRONT = 50


class AcceptedJobs:
    """Submit jobs, and keep count of them."""

    def __init__(self, client: Client, inside: Service) -> None:
        self.client = client
        self.inside = inside
        self.user_id = self._retry(client.me).id
        self.ids: list[str] = []
        self.over: set[str] = set()

    def ask(self, count: int, dataset: Dataset, budget_s: int, models: list[str] | None) -> None:
        """Submit that many jobs, as fast as they are accepted."""
        for _ in range(count):
            job = self._retry(lambda: self.client.train(dataset, "smoker", budget_s, models=models))
            self.ids.append(job.id)

    def task_states(self, ids: Iterable[str]) -> dict[str, TaskState]:
        """Return the task states of these jobs, by id."""
        found = self.inside.work.states([train_ref(self.user_id, id) for id in ids])
        return {ref.id: task_state for ref, task_state in found.items()}

    def begun(self) -> dict[str, TaskState]:
        """Return the states of the jobs that hold their user's places among the running."""
        places = rows.scan_all(self.inside.ports.tables, rows.prefix("slot", self.user_id))
        return self.task_states([row.value.split(b"#")[0].decode() for row in places])

    def ended(self) -> int:
        """Return how many jobs are over, as far as can be seen at once."""
        front = [id for id in list(self.ids) if id not in self.over][:FRONT]
        self.over |= {id for id, task_state in self.task_states(front).items() if task_state.state in FINAL}
        return len(self.over)

    def _retry(self, request: Callable[[], T]) -> T:
        """Retry while the service is too ill to reply."""
        while True:
            try:
                return request()
            except (ConnectionFailed, ServerError, TooManyRequests):
                time.sleep(LOOK_S)
