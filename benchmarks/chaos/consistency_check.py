"""Check what is left when every process has gone: each job once, and nothing without an owner."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from core.domain.records import Model
from core.domain.states import SUCCEEDED
from core.history.activity_log import ActivityEntry
from core.jobs.events import read_events
from core.jobs.jobs import train_ref
from core.service import Service
from core.settings import Settings
from core.storage import rows
from tests.integration.real.deployment import Deployment


@dataclass(frozen=True)
class Consistency:
    """The findings of the check, a line each."""

    lost: list[str]
    double: list[str]
    orphans: list[str]

    @property
    def clean(self) -> bool:
        return not (self.lost or self.double or self.orphans)


def check_consistency(deployment: Deployment, user_id: str, promised: Collection[str]) -> Consistency:
    """Sweep as a day later, with every other process gone, and check all rows and blobs of the user."""
    service = Service(deployment.open(), Settings(os.environ, orphan_age_s=0))
    try:
        assert service.sweeper.sweep(), "another process still sweeps"
        return Consistency(
            _lost(service, user_id, promised), _double(service, user_id, promised), _orphans(service, user_id)
        )
    finally:
        service.ports.close()


def _lost(service: Service, user_id: str, promised: Collection[str]) -> list[str]:
    lost = []
    for id in promised:
        task_state = service.work.state(train_ref(user_id, id))
        if task_state is None or task_state.state != SUCCEEDED:
            lost.append(f"{id}: {task_state and (task_state.state, task_state.attempt, task_state.error)}")
        elif service.models.find(user_id, (task_state.result or {})["model_id"]) is None:
            lost.append(f"{id}: its model is gone")
    return lost


def _double(service: Service, user_id: str, promised: Collection[str]) -> list[str]:
    tables = service.ports.tables
    models = [rows.load(Model, row.value) for row in rows.scan_all(tables, rows.prefix("model", user_id))]
    counted = Counter(model.job_id for model in models)
    entries = [rows.load(ActivityEntry, row.value) for row in rows.scan_all(tables, rows.prefix("activity", user_id))]
    ends = Counter(line.subject.removeprefix("job/") for line in entries if line.action == f"job.{SUCCEEDED}")
    double = [f"{id}: {counted[id]} models, {ends[id]} lines of history" for id in promised
              if counted[id] > 1 or ends[id] > 1]  # fmt: skip
    for id in promised:
        done = sum(event.kind == "done" for event in read_events(tables, user_id, id))
        if done > 1:
            double.append(f"{id}: told {done} times that it is done")
    return double


def _orphans(service: Service, user_id: str) -> list[str]:
    named = set()
    for kind in ("dataset", "model"):
        for row in rows.scan_all(service.ports.tables, rows.prefix(kind, user_id)):
            record = rows.load_json(row.value)
            named |= {each["blob"] for each in (record, *record.values()) if isinstance(each, dict) and "blob" in each}
    blobs = [name for name in service.ports.blobs.names(f"{user_id}/") if name not in named]
    tables = service.ports.tables
    left = [row.key for kind in ("active#", "running#", "outbox#") for row in rows.scan_all(tables, kind)]
    return [*blobs, *left]
