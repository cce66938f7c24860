"""Requests become a dataset: parent and child for real, in one process."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.domain.ids import now
from core.domain.prediction_ids import PredictionIds, predicted_at, time_ms
from core.domain.records import Dataset, TaskRef
from core.requests.gatherings import GatherSpec, gather_ref
from core.requests.labels import Label
from core.requests.segments import DAY_MS
from core.tasks.messages import TaskMessage
from tests.unit.worker.tasks.request_log.shop import InOneProcess, Shop


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


def test_days_whose_time_is_over_are_left_out_also_while_they_are_being_deleted(shop: Shop) -> None:
    long_ago = PredictionIds(lambda: time_ms(PredictionIds().make(1)[0]) - 40 * DAY_MS)
    current, shop.ids = shop.ids, long_ago
    shop.ask({"age": 1})
    blobs = shop.service.ports.blobs
    for name in list(blobs.names(f"{shop.user_id}/requests/")):
        blobs.delete(name)  # The row is the next to go.
    shop.ids = current
    shop.ask({"age": 2})
    assert [row["age"] for row in shop.table(shop.gather(labelled=False))] == ["2"]


def test_segments_that_are_put_together_while_they_are_fetched_are_found_again(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.tasks.request_log.files.PAUSE_S", 0.0)
    for age in range(3):
        shop.ask({"age": age})
    fetch, moved = InOneProcess.fetch, []

    def fetch_late(self: InOneProcess, blob: str, name: str, **more: Any) -> None:
        if self.ref.kind == "gather" and not moved:
            moved.append(blob)
            now_ms = time_ms(shop.ids.make(1)[0])
            shop.service.compactions.request_due(shop.endpoint, now_ms + 2 * DAY_MS)
            [task] = shop.service.ports.tables.scan(f"active#compact#{shop.user_id}#")
            shop.work(TaskRef.parse(task.key.removeprefix("active#")))
        fetch(self, blob, name, **more)

    monkeypatch.setattr(InOneProcess, "fetch", fetch_late)
    assert [row["age"] for row in shop.table(shop.gather(labelled=False))] == ["0", "1", "2"]
    assert moved


def test_what_the_champion_reads_is_kept_however_many_versions_came_since(shop: Shop) -> None:
    for _ in range(101):
        shop.version(features=[{"name": "size", "type": "number", "required": True}])
    shop.ask({"age": 31, "size": 2})
    assert [(row["age"], row["size"]) for row in shop.table(shop.gather(labelled=False))] == [("31", "2")]
