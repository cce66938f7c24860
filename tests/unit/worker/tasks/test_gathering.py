"""Requests become a dataset: parent and child for real, in one process."""

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
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

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
from worker.child.forget import forget
from worker.child.short_tasks import SHORT_TASKS as IN_CHILD
from worker.errors import TaskFailed
from worker.handlers import HANDLERS
from worker.messages.to_child import ForgetRequest
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

    def fetch(self, blob: str, name: str) -> None:
        (self.folder / name).write_bytes(b"".join(self.service.ports.blobs.read(blob)))

    def upload(self, blob: str, path: Path) -> Any:
        return self.service.ports.blobs.write(blob, [path.read_bytes()])

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


@pytest.fixture
def shop(service: Service, tmp_path: Path) -> Shop:
    folder = tmp_path / "folders"
    folder.mkdir()
    return Shop(service, folder)


def test_requests_with_their_truth_become_a_dataset_that_is_read_as_the_model_reads(shop: Shop) -> None:
    ids = shop.ask(
        {"age": 31, "zip": "00501", "price": "1.234,50 €", "time": "x"},
        {"age": 45.5, "zip": "10001", "price": 7.25, "time": None},
        {"age": 1, "zip": "90210"},
    )
    shop.say((ids[0], "yes"), (ids[1], "no"), (ids[1], "yes"))
    dataset = shop.gather()
    assert (dataset.state, dataset.error) == ("ready", None)
    table = [dict(row) for row in shop.table(dataset)]
    assert [datetime.fromisoformat(row.pop("time.1")) for row in table] == [
        datetime.fromisoformat(predicted_at(id)) for id in ids[:2]
    ]
    assert table == [
        {"age": "31", "zip": "00501", "price": "1.234,50 €", "time": "x", "prediction": "no", "bought": "yes",
         "prediction_id": ids[0]},
        {"age": "45.5", "zip": "10001", "price": "7,25", "time": "", "prediction": "no", "bought": "yes",
         "prediction_id": ids[1]},
    ]  # fmt: skip
    origin = dataset.origin or {}
    assert (origin["endpoint"], origin["rows"], origin["labelled_rows"]) == ("shop", 2, 2)
    assert origin["columns"]["time"] == "time.1"
    types = {column["name"]: column["type"] for column in (dataset.profile or {})["columns"]}
    assert types["zip"] == "category"
    assert types["price"] == "number"
    assert {types["prediction"], types["prediction_id"]} == {"id"}


def test_all_requests_with_and_without_a_label_and_those_of_one_version(shop: Shop) -> None:
    shop.ask({"age": 1}, {"age": 2})
    shop.version()
    [other] = shop.ask({"age": 3}, version=2)
    shop.say((other, "yes"))
    assert [row["bought"] for row in shop.table(shop.gather(labelled=False))] == ["", "", "yes"]
    assert [row["age"] for row in shop.table(shop.gather(labelled=False, version="challenger"))] == ["3"]


def test_a_key_stands_for_its_newest_prediction_also_if_that_is_out_of_the_time(shop: Shop) -> None:
    shop.ask({"age": 1}, key="ada")
    until = datetime.fromtimestamp((time_ms(shop.ids.make(1)[0]) + 1) / 1000, UTC)
    while datetime.now(UTC) <= until:
        pass
    shop.ask({"age": 2}, key="ada")
    assert shop.service.labels.write(shop.endpoint, [Label(None, "ada", "yes", now())])
    assert [row["age"] for row in shop.table(shop.gather())] == ["2"]
    assert (shop.gather(to=until).error or {})["reason"] == "NO_REQUESTS"


def test_without_a_request_the_dataset_is_rejected_and_says_why(shop: Shop) -> None:
    shop.ask({"age": 1})
    dataset = shop.gather()
    assert dataset.state == "rejected"
    assert dataset.error is not None
    assert (dataset.error["reason"], "feedback" in dataset.error["hint"]) == ("NO_REQUESTS", True)


def test_a_job_that_is_submitted_meanwhile_waits_for_the_rows(shop: Shop) -> None:
    ids = shop.ask({"age": 1}, {"age": 2})
    shop.say(*((id, "yes") for id in ids))
    service = shop.service
    dataset = service.gatherings.create(shop.user_id, "shop", GatherSpec(to=datetime.now(UTC) + timedelta(hours=1)))
    body = {"dataset_id": dataset.id, "target": "bought", "exclude_columns": []}
    job = service.jobs.submit(shop.user_id, body).job
    assert service.claims.claim(TaskMessage(TaskRef("train", shop.user_id, job.id)), "worker") is None
    shop.work(gather_ref(dataset))
    shop.work(TaskRef("profile", shop.user_id, f"{dataset.id}-r1"))
    assert service.claims.claim(TaskMessage(TaskRef("train", shop.user_id, job.id)), "worker") is not None


def test_the_same_request_under_one_key_is_one_dataset(shop: Shop) -> None:
    make: Callable[[], Dataset] = lambda: shop.service.gatherings.create(  # noqa: E731
        shop.user_id, "shop", GatherSpec(labelled=False), "key"
    )
    assert make().id == make().id


def test_a_dataset_whose_endpoint_is_gone_is_rejected_and_one_that_is_gone_is_nothing(shop: Shop) -> None:
    service = shop.service
    dataset = service.gatherings.create(shop.user_id, "shop", GatherSpec())
    service.eraser.endpoint(shop.user_id, "shop")
    assert service.claims.claim(TaskMessage(gather_ref(dataset)), "worker") is None
    rejected = service.datasets.get(shop.user_id, dataset.id)
    assert (rejected.error or {})["reason"] == "ENDPOINT_DELETED"
    service.eraser.dataset(shop.user_id, dataset.id)
    assert service.datasets.find(shop.user_id, dataset.id) is None
    assert not service.ports.tables.scan(f"stored_bytes#{shop.user_id}#")


def test_what_was_asked_under_a_key_is_deleted_wherever_it_lies(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker.tasks.forgetting.LOG_DELAY", timedelta(0))
    ids = [*shop.ask({"age": 1}, {"age": 2}, key="ada"), *shop.ask({"age": 3}, key="bob")]
    shop.say(*((id, "yes") for id in ids))
    assert shop.service.labels.write(shop.endpoint, [Label(None, "ada", "no", now()), Label(None, "bob", "no", now())])
    shop.service.erasures.request(shop.user_id, "shop", "ada")
    [task] = shop.service.ports.tables.scan(f"active#forget#{shop.user_id}#")
    shop.work(TaskRef.parse(task.key.removeprefix("active#")))
    assert [(row["age"], row["bought"]) for row in shop.table(shop.gather(labelled=False))] == [("3", "no")]
    ports = shop.service.ports
    blobs = [name for kind in ("requests", "labels") for name in ports.blobs.names(f"{shop.user_id}/{kind}/")]
    kept = b"".join(gzip.decompress(b"".join(ports.blobs.read(name))) for name in blobs)
    assert b"ada" not in kept.replace(shop.user_id.encode(), b"")
    assert not any(id.encode() in kept for id in ids[:2])
    assert not ports.tables.scan(f"forget#{shop.user_id}#")


def test_a_day_that_was_put_together_loses_the_rows_of_a_key(tmp_path: Path) -> None:
    rows_of_a_day = [{"id": f"id{i}", "key": "ada" if i % 2 else None, "x": "{}"} for i in range(10)]
    pq.write_table(pa.Table.from_pylist(rows_of_a_day), tmp_path / "day.parquet", row_group_size=3)
    found = forget(ForgetRequest(["day.parquet"], "ada"), tmp_path, cast(Any, None))
    assert sorted(found.ids) == ["id1", "id3", "id5", "id7", "id9"]
    assert found.changed == [
        {"file": "day.parquet", "kept": "kept-day.parquet", "rows": 5, "first": "id0", "last": "id8"}
    ]
    assert pq.read_table(tmp_path / "kept-day.parquet")["key"].to_pylist() == [None] * 5
