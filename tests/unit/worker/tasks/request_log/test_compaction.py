"""A day of requests is put together by the real child's function, and read as it was before."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import orjson
import pyarrow as pa
import pytest

from api.serving.request_log.days import open_day
from backends.factory import create_backends
from core.domain.endpoints import Endpoint
from core.domain.prediction_ids import PredictionIds, predicted_at
from core.domain.records import Json, TaskRef
from core.maintenance.request_logs import RequestLogUpkeep
from core.ports import PROFILE_QUEUE
from core.requests.compactions import COMPACT
from core.requests.request_log import NewSegment
from core.requests.request_pages import RequestPages, RequestQuery
from core.requests.segments import DAY, DAY_MS, SEGMENT, between
from core.service import Service
from core.settings import Settings
from core.storage import rows
from core.tasks.messages import load_message
from worker.child.pipe import Pipe
from worker.child.request_log.cells import Input
from worker.child.request_log.compact import compact
from worker.child.request_log.join import Wanted
from worker.child.request_log.table import request_table
from worker.supervisor import TaskSupervisor
from worker.tasks.request_log.compaction import CompactHandler

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
NOON_MS = int(NOON.timestamp() * 1000)
TOMORROW_MS = NOON_MS + DAY_MS
NO_PIPE = cast(Pipe, None)
names = count()


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    settings = Settings({}, data=str(tmp_path / "data"))
    ports = create_backends(settings)
    yield Service(ports, settings)
    ports.close()


@pytest.fixture
def endpoint(service: Service) -> Endpoint:
    return service.endpoints.create("ada", "income", "user/ada")


def line(id: str, **more: Any) -> Json:
    found: Json = {"id": id, "at": predicted_at(id), "v": 1, "alias": None, "key": None}
    return {**found, "x": {"size": 2.50, "text": "1,5 'x' \u00e4"}, "y": "yes", "p": [0.25, 0.75], "ms": 1.5,
            "rt": "onnx", **more}  # fmt: skip


def write(service: Service, endpoint: Endpoint, lines: list[Json]) -> None:
    data = gzip.compress(b"".join(orjson.dumps(each) + b"\n" for each in lines))
    ids = [each["id"] for each in lines]
    day_ms = NOON_MS - NOON_MS % DAY_MS
    new = NewSegment(endpoint, day_ms, data, len(ids), min(ids), max(ids), f"{next(names):x}")
    assert service.requests.write(new)


def ids(minutes: int, n: int) -> list[str]:
    at_ms = NOON_MS + 60_000 * minutes
    return PredictionIds(lambda: at_ms).make(n)


def listed(service: Service, endpoint: Endpoint) -> list[Json]:
    pages = RequestPages(service.ports, lambda day: open_day(service.ports.blobs, day))
    found: list[Json] = []
    after = None
    while True:
        page = pages.page(endpoint, RequestQuery(), 1000, after)
        found += page.items
        if (after := page.next) is None:
            return found


def put_together(service: Service, folder: Path) -> int:
    """Do the tasks that upkeep requests, as a worker does; return how many they were."""
    upkeep = RequestLogUpkeep(service.ports.tables, service.requests, service.compactions)
    upkeep.run(TOMORROW_MS)
    done = 0
    while (delivery := service.ports.queue.receive(PROFILE_QUEUE, 0)) is not None:
        message = load_message(delivery.body, service.kinds)
        delivery.ack()
        claimed = service.claims.claim(message, "worker-1")
        if claimed is None:
            continue
        folder.mkdir(exist_ok=True)
        lease = SimpleNamespace(claimed=claimed, epoch=claimed.task_state.epoch)
        supervisor = TaskSupervisor(SimpleNamespace(service=service), lease, cast(Any, None), folder)  # type: ignore[arg-type]
        supervisor.raise_if_interrupted = lambda: None  # type: ignore[method-assign]
        supervisor.run = lambda request, kind: compact(request, folder, NO_PIPE)  # type: ignore[assignment,method-assign,return-value]
        service.work.succeed(claimed, CompactHandler().run(supervisor))
        service.settler.finalize(claimed.ref)
        done += 1
    return done


def segments(service: Service, endpoint: Endpoint) -> tuple[int, int]:
    low, high = PredictionIds(lambda: NOON_MS - DAY_MS).make(1)[0], PredictionIds(lambda: TOMORROW_MS).make(1)[0]
    found = [list(between(service.ports.tables, kind, endpoint, low, high)) for kind in (SEGMENT, DAY)]
    return len(found[0]), len(found[1])


def test_a_day_that_is_put_together_says_the_same(service: Service, endpoint: Endpoint, tmp_path: Path) -> None:
    written = [line(id) for id in ids(0, 30)]
    written += [line(id, v=2, key="k", alias="champion", shadow={"3": {"y": "no", "p": [1.0, 0.0]}})
                for id in ids(5, 3)]  # fmt: skip
    late = [line(id, x={}, y=2.5, v=3) for id in ids(90, 2)]
    for each in written[10:12]:
        del each["p"]
    for start in range(0, len(written), 4):
        write(service, endpoint, written[start : start + 4])
    write(service, endpoint, late)
    write(service, endpoint, written[3:5])  # A message that came twice.
    before = listed(service, endpoint)
    assert put_together(service, tmp_path / "task") == 1
    assert segments(service, endpoint) == (0, 1)
    assert listed(service, endpoint) == before
    [day] = service.requests.segments(endpoint, NOON, NOON + timedelta(hours=1))
    assert (day.format, day.rows) == ("parquet", 35)
    assert list(service.requests.blobs.names("ada/requests/")) == [day.blob]
    assert day.blob.startswith(f"ada/requests/{endpoint.id}/2026-03-01/")


def test_workers_read_a_day_as_they_read_its_segments(service: Service, endpoint: Endpoint, tmp_path: Path) -> None:
    cells = [2.5, 3, "4,5", "x", None, True, "", "12", -0.0, 10**17, {"a": 1}]
    written = [line(id, key=f"k{row}", x={"size": cells[row], "a/b": row}) for row, id in enumerate(ids(0, len(cells)))]
    write(service, endpoint, written[:6])
    write(service, endpoint, written[6:])
    folders = [tmp_path / "before", tmp_path / "after"]
    tables = [read(service, endpoint, folders[0])]
    put_together(service, tmp_path / "task")
    tables.append(read(service, endpoint, folders[1]))
    assert tables[0].num_rows == len(cells)
    assert tables[1].equals(tables[0])


def read(service: Service, endpoint: Endpoint, folder: Path) -> pa.Table:
    """What windows and datasets are made of."""
    folder.mkdir()
    files = []
    for number, each in enumerate(service.requests.segments(endpoint, NOON, NOON + timedelta(hours=1))):
        files.append(folder / f"{number}.{'parquet' if each.format == 'parquet' else 'jsonl.gz'}")
        files[-1].write_bytes(b"".join(service.ports.blobs.read(each.blob)))
    wanted = Wanted("2026-03-01T12:00:00.000Z", "2026-03-01T13:00:00.000Z", (Input("size"), Input("a/b")))
    return request_table(files, [], wanted, folder)


def test_what_comes_late_goes_into_the_day_the_next_time(service: Service, endpoint: Endpoint, tmp_path: Path) -> None:
    write(service, endpoint, [line(id) for id in ids(0, 3)])
    assert put_together(service, tmp_path / "one") == 1
    write(service, endpoint, [line(id) for id in ids(-30, 3)])
    before = listed(service, endpoint)
    assert len(before) == 6
    assert put_together(service, tmp_path / "two") == 1
    assert segments(service, endpoint) == (0, 1)
    assert listed(service, endpoint) == before
    assert put_together(service, tmp_path / "three") == 0
    left = [row.key for kind in ("compact#", "control#", "active#", "intent#")
            for row in rows.scan_all(service.ports.tables, kind)]  # fmt: skip
    assert left == []


def test_a_day_that_is_not_over_is_left_as_it_is(service: Service, endpoint: Endpoint, tmp_path: Path) -> None:
    write(service, endpoint, [line(id) for id in ids(0, 3)])
    upkeep = RequestLogUpkeep(service.ports.tables, service.requests, service.compactions)
    upkeep.run(NOON_MS + 3600_000)
    assert service.ports.queue.receive(PROFILE_QUEUE, 0) is None
    assert segments(service, endpoint) == (1, 0)


@pytest.mark.parametrize("crash_at", range(4))
def test_a_crash_while_the_parts_are_deleted_repeats_nothing_and_loses_nothing(
    service: Service, endpoint: Endpoint, tmp_path: Path, crash_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for minute in range(3):
        write(service, endpoint, [line(id) for id in ids(minute, 3)])
    before = listed(service, endpoint)
    deleted: list[str] = []
    delete = service.ports.tables.delete_if_unchanged

    def crash(key: str, expected: bytes) -> bool:
        if key.startswith("segment#"):
            if len(deleted) == crash_at:
                raise KeyboardInterrupt
            deleted.append(key)
        return delete(key, expected)

    with monkeypatch.context() as patched:
        patched.setattr(service.ports.tables, "delete_if_unchanged", crash)
        if crash_at < 3:
            with pytest.raises(KeyboardInterrupt):
                put_together(service, tmp_path / "one")
        else:
            put_together(service, tmp_path / "one")
    assert listed(service, endpoint) == before
    for ref in [TaskRef(*row.key.removeprefix("active#").split("#"))
                for row in rows.scan_all(service.ports.tables, "active#")]:  # fmt: skip
        assert ref.kind == COMPACT
        service.work.finish_unclaimed(ref, "failed", {}, seen=service.ports.tables.get(rows.task_state_key(ref)))
        service.settler.finalize(ref)
    put_together(service, tmp_path / "two")
    assert listed(service, endpoint) == before
    assert segments(service, endpoint) == (0, 1)


def test_upkeep_forgets_days_as_the_endpoint_and_the_operator_say(service: Service, endpoint: Endpoint) -> None:
    write(service, endpoint, [line(id) for id in ids(0, 3)])
    upkeep = RequestLogUpkeep(service.ports.tables, service.requests, service.compactions)
    upkeep.run(NOON_MS + 30 * DAY_MS)
    assert len(listed(service, endpoint)) == 3
    service.endpoints.patch("ada", "income", {"log": {"days": 10}})
    upkeep.run(NOON_MS + 10 * DAY_MS)
    assert len(listed(service, endpoint)) == 3
    upkeep.run(NOON_MS + 11 * DAY_MS)
    assert listed(service, endpoint) == []


def test_a_service_that_keeps_nothing_deletes_what_it_kept(service: Service, endpoint: Endpoint) -> None:
    write(service, endpoint, [line(id) for id in ids(0, 3)])
    service.requests.policy = type(service.requests.policy)(Settings({}, serving_log="off"))
    RequestLogUpkeep(service.ports.tables, service.requests, service.compactions).run(NOON_MS)
    assert listed(service, endpoint) == []
    assert list(service.requests.blobs.names("ada/requests/")) == []
