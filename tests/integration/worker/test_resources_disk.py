"""The disk is full: what does not fit is refused with a reason and leaves nothing; what was there is not lost."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import plotly.data
import pytest
import requests

from backends.blobs.files import FileBlobs
from backends.queue.local import LocalQueue
from backends.tables.sqlite import SqliteTables
from core.domain import states
from core.errors import StorageFull, Unavailable
from core.ports import TRAIN_QUEUE
from nobrains_client import Client
from tests.integration.polling import trials_done
from tests.integration.worker.bench import Bench, wait
from tests.integration.worker.disks import MIB, SmallDisk, make_disk
from tests.waiting import PATIENCE_S, wait_for

if TYPE_CHECKING:
    from tests.integration.conftest import Server

pytestmark = [pytest.mark.integration, pytest.mark.long]

__all__ = ["make_disk"]

MakeDisk = Callable[[Path, int], SmallDisk]


def test_tables_keep_what_they_had_and_take_more_once_there_is_room(make_disk: MakeDisk, tmp_path: Path) -> None:
    disk = make_disk(tmp_path / "disk", 8)
    path = disk.folder / "tables.db"
    SqliteTables.initialize(path)
    tables, kept = SqliteTables(path), {}

    def write_on() -> None:
        for number in range(10_000):
            value = b"%d" % number * 100
            tables.put(f"row#{number:05d}", value)
            kept[f"row#{number:05d}"] = value

    for number in range(100):
        tables.put(f"early#{number}", b"x")
    disk.fill()
    with pytest.raises(StorageFull, match="free some disk space"):
        write_on()
    assert {row.key: row.value for row in tables.scan("row#", 10_000)} == kept
    assert len(tables.scan("early#")) == 100
    disk.free()
    assert tables.put_if_absent("late", b"x")
    assert tables.put_if_unchanged("early#0", b"y", b"x")
    again = SqliteTables(path)
    assert {row.key: row.value for row in again.scan("row#", 10_000)} == kept
    again.close()
    tables.close()


def test_blobs_that_do_not_fit_leave_nothing(make_disk: MakeDisk, tmp_path: Path) -> None:
    disk = make_disk(tmp_path / "disk", 4)
    FileBlobs.initialize(disk.folder)
    blobs = FileBlobs(disk.folder)
    before = blobs.write("user/small", [b"x"])
    with pytest.raises(StorageFull, match="free some disk space"):
        blobs.write("user/large", (bytes(MIB) for _ in range(5)))
    assert list(blobs.names("")) == ["user/small"]
    assert list((disk.folder / "incoming").iterdir()) == []
    assert blobs.stat("user/small") == before
    assert blobs.write("user/fits", (bytes(MIB) for _ in range(3))).size_bytes == 3 * MIB
    blobs.close()


def test_a_queue_gives_out_everything_once_there_is_room(make_disk: MakeDisk, tmp_path: Path) -> None:
    disk = make_disk(tmp_path / "disk", 8)
    path = disk.folder / "queue.db"
    LocalQueue.initialize(path)
    queue, published = LocalQueue(path), []

    def publish_on() -> None:
        for number in range(10_000):
            queue.publish(TRAIN_QUEUE, b"%d" % number * 100)
            published.append(b"%d" % number * 100)

    disk.fill()
    with pytest.raises(StorageFull):
        publish_on()
    disk.free()
    taken = []
    while delivery := queue.receive(TRAIN_QUEUE, 0):
        taken.append(delivery.body)
        delivery.ack()
    assert taken == published
    queue.close()


def test_the_service_on_a_full_disk(make_server: Callable[..., Server], make_disk: MakeDisk, tmp_path: Path) -> None:
    disk = make_disk(tmp_path / "data", 32)
    server = make_server(lease_s="3", renew_s="1")
    client = server.client()
    tips = plotly.data.tips(return_type="pandas")
    dataset = client.wait_ready(client.upload(tips, name="tips.csv"))
    running = client.train(dataset, "smoker", 600, models=["linear", "lightgbm"])
    wait_for(lambda: trials_done(client, running) >= 3)
    disk.fill()
    for refused in (upload(client), ask_for_training(client, dataset.id), upload(client)):
        assert (refused.status_code, refused.json()["reason"]) == (507, "STORAGE_FULL")
        assert int(refused.headers["Retry-After"]) > 0
    assert [each.id for each in client.datasets()] == [dataset.id]
    # What runs cannot give signs of life any more, and waits.
    wait_for(lambda: "work.failure" in server.log() or "work.not_written" in server.log())
    known = trials_done(client, running)
    disk.free()
    wait_for(lambda: trials_done(client, running) > known)
    client.stop(running)
    assert client.wait(running, timeout_s=PATIENCE_S).state == "succeeded"
    second = client.wait_ready(upload(client).json()["id"])
    assert client.wait(client.train(second, "smoker", 5, models=["linear"]), timeout_s=PATIENCE_S).state == "succeeded"
    assert [each.id for each in client.datasets()] == [second.id, dataset.id]
    assert server.stop() == 0
    assert list((disk.folder / "blobs" / "incoming").iterdir()) == []
    stored = {path.name for path in (disk.folder / "blobs" / "objects").glob("*/datasets/*")}
    assert stored == {dataset.id, second.id}


def upload(client: Client) -> requests.Response:
    """A megabyte that is right."""
    rows = b"".join(b"%d,%s\n" % (number % 89, b"yes" if number % 3 else b"no") for number in range(90_000))
    headers = {"Authorization": f"Bearer {client.token}", "Content-Type": "text/csv"}
    return requests.post(f"{client.url}/api/v1/datasets", data=b"age,smoker\n" + rows, headers=headers, timeout=60)


def ask_for_training(client: Client, dataset: str) -> requests.Response:
    body = {"dataset_id": dataset, "target": "smoker", "time_budget_s": 5}
    headers = {"Authorization": f"Bearer {client.token}"}
    return requests.post(f"{client.url}/api/v1/jobs", json=body, headers=headers, timeout=60)


def test_a_worker_whose_own_disk_is_full_begins_nothing(
    make_disk: MakeDisk, bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = make_disk(tmp_path / "own", 64)
    monkeypatch.setattr(tempfile, "tempdir", str(disk.folder))
    worker = bench.start("train")
    disk.fill()
    with pytest.raises(Unavailable, match="room"):
        worker.process_one()
    job = bench.submit(bench.dataset(), time_budget_s=3, models=["linear"])
    disk.free()
    view = bench.wait(job, *states.FINAL)
    assert (view.state, view.task_state.attempt) == (states.SUCCEEDED, 1)


def test_a_training_that_fills_its_disk_waits_for_room(
    make_disk: MakeDisk, bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = make_disk(tmp_path / "own", 64)
    monkeypatch.setattr(tempfile, "tempdir", str(disk.folder))
    monkeypatch.setattr("worker.worker.BACKEND_OUTAGE_PAUSE_S", 0.5)
    bench.start("train")
    job = bench.submit(bench.dataset(), time_budget_s=600, models=["linear", "lightgbm"])
    wait(lambda: bench.trials(job), lambda trials: len(trials) > 3)
    disk.fill()
    wait(lambda: bench.view(job), lambda view: view.state == states.QUEUED)
    disk.free()
    bench.wait(job, states.RUNNING)
    known = len(bench.trials(job))
    wait(lambda: bench.trials(job), lambda trials: len(trials) > known)
    assert bench.stop_training(job).task_state.attempt == 1
