"""An endpoint with a log of requests, and a worker: parent and child for real, in one process."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import orjson

from automl.errors import AutoMLError
from core.domain.endpoints import Decision, Endpoint, EndpointVersion, NewVersion
from core.domain.ids import new_id, now
from core.domain.prediction_ids import PredictionIds, predicted_at, time_ms
from core.domain.records import Dataset, Model, TaskRef
from core.errors import failure
from core.requests.gatherings import GatherSpec, gather_ref
from core.requests.labels import Label
from core.requests.request_log import NewSegment
from core.requests.segments import DAY_MS, floor
from core.service import Service
from core.storage import rows
from core.tasks.messages import TaskMessage
from worker.child.short_tasks import SHORT_TASKS as IN_CHILD
from worker.errors import TaskFailed
from worker.handlers import HANDLERS
from worker.supervisor import TaskSupervisor

BY = "user/ada"
SUMMARY = {
    "task": "binary", "target": "bought", "classes": ["no", "yes"],
    "features": [
        {"name": "age", "type": "number", "required": True},
        {"name": "zip", "type": "category", "required": False},
        {"name": "price", "type": "number", "required": False, "decimal_sign": ",", "unit": "€"},
        {"name": "time", "type": "text", "required": False},
    ],
}  # fmt: skip


class InOneProcess:
    """What a handler asks of its supervisor; the child's side is called, not started."""

    def __init__(self, service: Service, ref: TaskRef, folder: Path) -> None:
        self.service = service
        self.ref = ref
        self.folder = folder
        self.lease = SimpleNamespace(epoch=1)

    def run(self, request: Any, result_type: type) -> Any:
        try:
            return IN_CHILD[type(request)](request, self.folder, cast(Any, None))
        except AutoMLError as exc:
            raise TaskFailed(failure(exc.reason, exc.detail, exc.hint)) from exc

    def fetch(self, blob: str, name: str, *, deletable: bool = False) -> None:
        (self.folder / name).write_bytes(b"".join(self.service.ports.blobs.read(blob)))

    def upload(self, blob: str, path: Path) -> Any:
        return self.service.ports.blobs.write(blob, [path.read_bytes()])

    def retry_until_written(self, write: Callable[[], Any]) -> Any:
        return write()

    def raise_if_interrupted(self) -> None: ...


class Shop:
    """An endpoint `shop` with a log of requests, and a worker."""

    def __init__(self, service: Service, folder: Path) -> None:
        self.service = service
        self.folder = folder
        self.user_id = service.accounts.sign_up("ada", "correct horse").id
        service.endpoints.create(self.user_id, "shop", BY, model_id=self.model().id)
        # What is answered is in the log at once: so nobody waits until predictors have written it.
        service.endpoints.patch(self.user_id, "shop", {"log": {"durable": True}})
        self.ids = PredictionIds()
        self.runs = 0

    @property
    def endpoint(self) -> Endpoint:
        return self.service.endpoints.get(self.user_id, "shop")

    def model(self, **summary: Any) -> Model:
        id = new_id()
        model = Model(id, self.user_id, "job", "d", now(), "blob", 5, "", {**SUMMARY, **summary}, committed=True)
        self.service.ports.tables.put(rows.key("model", self.user_id, id), rows.dump(model))
        return model

    def version(self, **summary: Any) -> EndpointVersion:
        new = NewVersion(self.model(**summary).id, BY)
        made = self.service.versions.register(self.user_id, "shop", new, force_signature=True)
        self.service.endpoints.set_alias(self.user_id, "shop", "challenger", made.version, Decision(BY))
        return made

    def ask(self, *inputs: dict[str, Any], version: int = 1, y: Any = "no", key: str | None = None) -> list[str]:
        """Log requests, as a predictor does."""
        ids = self.ids.make(len(inputs))
        lines = [
            {"id": id, "at": predicted_at(id), "v": version, "alias": "champion", "key": key, "x": x, "y": y,
             "p": [0.75, 0.25], "ms": 1.0, "rt": "engine"}
            for id, x in zip(ids, inputs, strict=True)
        ]  # fmt: skip
        data = gzip.compress(b"".join(orjson.dumps(line) + b"\n" for line in lines))
        day_ms = floor(time_ms(ids[0]), DAY_MS)
        assert self.service.requests.write(NewSegment(self.endpoint, day_ms, data, len(ids), ids[0], ids[-1], "a"))
        return ids

    def say(self, *labels: tuple[str, Any]) -> None:
        said = [Label(id, None, label, now()) for id, label in labels]
        assert self.service.labels.write(self.endpoint, said)

    def gather(self, **spec: Any) -> Dataset:
        """Make a dataset and do all that workers do for it."""
        # Until a time to come: what is asked for until now waits for predictors to write what they have answered.
        spec = {"to": datetime.now(UTC) + timedelta(hours=1), **spec}
        dataset = self.service.gatherings.create(self.user_id, "shop", GatherSpec(**spec))
        self.work(gather_ref(dataset))
        while task := self.service.ports.tables.scan(f"active#profile#{self.user_id}#"):
            self.work(TaskRef.parse(task[0].key.removeprefix("active#")))
        return self.service.datasets.get(self.user_id, dataset.id)

    def work(self, ref: TaskRef) -> None:
        self.runs += 1
        folder = self.folder / str(self.runs)
        folder.mkdir()
        claimed = self.service.claims.claim(TaskMessage(ref), "worker")
        assert claimed is not None
        try:
            supervisor = cast(TaskSupervisor, InOneProcess(self.service, ref, folder))
            self.service.work.succeed(claimed, HANDLERS[ref.kind].run(supervisor))
        except TaskFailed as exc:
            self.service.work.fail(claimed, exc.error)
        self.service.settler.finalize(ref)

    def table(self, dataset: Dataset) -> list[dict[str, str]]:
        data = b"".join(self.service.ports.blobs.read(dataset.blob)).decode()
        return list(csv.DictReader(io.StringIO(data)))
