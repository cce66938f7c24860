"""A source whose rows can be looked up, and a worker for it: parent and child for real, in one process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from core.domain.endpoints import Decision
from core.domain.ids import now
from core.domain.records import Dataset, TaskRef
from core.domain.sources import ORIGIN, READY, Fetch
from core.features.features import FEATURES
from core.service import Service
from core.sources.source_rows import fetch_key
from core.storage import rows
from core.tasks.messages import TaskMessage
from tests.unit.worker.tasks.request_log.shop import InOneProcess
from worker.errors import TaskFailed
from worker.handlers import HANDLERS
from worker.supervisor import TaskSupervisor


class KeyedSource:
    """A source of a user, of which fetches are made by hand."""

    def __init__(
        self, service: Service, user_id: str, folder: Path, key: Sequence[str] = ("patient",), name: str = "patients"
    ) -> None:
        self.service = service
        self.user_id = user_id
        self.folder = folder
        said = {"name": name, "kind": "http", "url": "https://example.org/patients.csv", "key": list(key)}
        self.id = service.sources.create(user_id, said).id
        self.number = 0

    def fetch(self, csv: str, *, work: bool = True) -> Dataset:
        """Make a dataset of the source, as a fetch does, and have workers do what follows."""
        self.number += 1
        dataset = self.service.datasets.create(self.user_id, "patients.csv", iter([csv.encode()]))
        origin = {"kind": ORIGIN, "source": self.id, "fetch": self.number}
        rows.update(
            self.service.ports.tables, rows.key("dataset", self.user_id, dataset.id), Dataset,
            lambda found: found and replace(found, origin=origin),
        )  # fmt: skip
        fetch = Fetch(
            self.number, self.id, self.user_id, now(), dataset.id, state=READY, dataset_id=dataset.id, ended_at=now()
        )
        self.service.ports.tables.put(fetch_key(self.user_id, self.id, self.number), rows.dump(fetch))
        self.work("profile")
        if work:
            self.work(FEATURES)
        return self.service.datasets.get(self.user_id, dataset.id)

    def work(self, kind: str = FEATURES) -> None:
        """Do all tasks of a kind."""
        while found := self.service.ports.tables.scan(f"active#{kind}#{self.user_id}#"):
            self._do(TaskRef.parse(found[0].key.removeprefix("active#")))

    def _do(self, ref: TaskRef) -> None:
        folder = self.folder / ref.id
        folder.mkdir(parents=True, exist_ok=True)
        claimed = self.service.claims.claim(TaskMessage(ref), "worker")
        if claimed is not None:
            try:
                supervisor = cast(TaskSupervisor, InOneProcess(self.service, ref, folder))
                self.service.work.succeed(claimed, HANDLERS[ref.kind].run(supervisor))
            except TaskFailed as exc:
                self.service.work.fail(claimed, exc.error)
        self.service.settler.finalize(ref)

    def look_up(self, endpoint: str, **more: Any) -> None:
        """Have an endpoint look this source up, by its key, and have its rows written."""
        key = self.service.sources.get(self.user_id, self.id).key
        lookup = [{"source_id": self.id, "by": key[0] if len(key) == 1 else key}]
        self.service.lookups.set(self.user_id, endpoint, lookup, Decision(f"user/{self.user_id}"), **more)
        self.work()
