"""What was asked under a key is deleted, in segments, days and labels."""

from __future__ import annotations

import gzip
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.domain.ids import now
from core.domain.records import TaskRef
from core.monitoring.monitor_rows import baseline_blob
from core.requests.compactions import COMPACT
from core.requests.labels import Label
from core.tasks.messages import TaskMessage
from tests.unit.worker.tasks.request_log.shop import InOneProcess, Shop
from tests.waiting import wait_for
from worker.child.request_log.forget import forget
from worker.messages.of_kept_requests import ForgetRequest
from worker.supervisor import TaskSupervisor
from worker.tasks.request_log.forgetting import RunningCompactions


def test_what_was_asked_under_a_key_is_deleted_wherever_it_lies(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker.tasks.request_log.forgetting.LOG_DELAY", timedelta(0))
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


def test_what_was_kept_of_requests_to_compare_with_goes_too(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker.tasks.request_log.forgetting.LOG_DELAY", timedelta(0))
    service, endpoint = shop.service, shop.endpoint
    monitors, blob = service.monitoring.monitors, f"{baseline_blob(endpoint, 'm')}-1-1"
    monitors.ensure(endpoint, now())
    monitors.update(endpoint, lambda monitor: replace(monitor, baselines={"m": {"blob": blob}}))
    service.ports.blobs.write(blob, [b"rows of ada"])
    service.erasures.request(shop.user_id, "shop", "ada")
    [task] = service.ports.tables.scan(f"active#forget#{shop.user_id}#")
    shop.work(TaskRef.parse(task.key.removeprefix("active#")))
    monitor = monitors.find(endpoint)
    assert monitor is not None
    assert monitor.baselines == {}
    assert not list(service.ports.blobs.names(f"{shop.user_id}/baselines/"))


def test_a_day_that_was_put_together_loses_the_rows_of_a_key(tmp_path: Path) -> None:
    rows_of_a_day = [{"id": f"id{i}", "key": "ada" if i % 2 else None, "x": "{}"} for i in range(10)]
    pq.write_table(pa.Table.from_pylist(rows_of_a_day), tmp_path / "day.parquet", row_group_size=3)
    found = forget(ForgetRequest(["day.parquet"], "ada"), tmp_path, cast(Any, None))
    assert sorted(found.ids) == ["id1", "id3", "id5", "id7", "id9"]
    assert found.changed == [
        {"file": "day.parquet", "kept": "kept-day.parquet", "rows": 5, "first": "id0", "last": "id8"}
    ]
    assert pq.read_table(tmp_path / "kept-day.parquet")["key"].to_pylist() == [None] * 5


def test_a_compaction_that_waits_for_the_same_worker_is_not_waited_for_and_one_that_runs_is(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("worker.tasks.request_log.forgetting.LOG_DELAY", timedelta(0))
    shop.ask({"age": 1}, key="ada")
    shop.ask({"age": 2}, key="bob")
    compaction = TaskRef(COMPACT, shop.user_id, "of-a-day")
    request = {"endpoint": "shop", "endpoint_id": shop.endpoint.id, "day_ms": 0}
    shop.service.compactions.tasks.request(compaction, request)
    shop.service.erasures.request(shop.user_id, "shop", "ada")
    [task] = shop.service.ports.tables.scan(f"active#forget#{shop.user_id}#")
    shop.work(TaskRef.parse(task.key.removeprefix("active#")))
    assert [row["age"] for row in shop.table(shop.gather(labelled=False))] == ["2"]
    supervisor = cast(TaskSupervisor, InOneProcess(shop.service, compaction, tmp_path))
    shop.service.settings.values["lease_s"] = 0.2
    running = RunningCompactions(supervisor, shop.user_id)
    assert not running.are_there()
    claimed = shop.service.claims.claim(TaskMessage(compaction), "worker")
    assert claimed is not None
    assert running.are_there()
    wait_for(lambda: not running.are_there())  # Nobody renews its lease.
