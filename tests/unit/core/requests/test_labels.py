"""Labels: written together, found by time, forgotten, and nothing left by crashes."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from core.domain.endpoints import Endpoint
from core.errors import Unavailable
from core.requests.group_commit import GroupCommit
from core.requests.labels import Label
from core.service import Service
from tests.unit.core.endpoints.conftest import Served, served  # noqa: F401

AT = "2026-03-01T12:00:00.000Z"


def label(key: str) -> Label:
    return Label(None, key, "yes", AT)


@pytest.fixture
def endpoint(served: Served) -> Endpoint:  # noqa: F811
    served.endpoint()
    return served.service.endpoints.get(served.user_id, "income")


def test_labels_of_many_requests_are_written_together_and_each_waits_for_its_own(endpoint: Endpoint) -> None:
    written: list[list[str | None]] = []

    def write(endpoint: Endpoint, labels: Sequence[Label]) -> bool:
        written.append([each.key for each in labels])
        return True

    group, answers = GroupCommit(write, wait_s=0.2), []
    threads = [
        threading.Thread(target=lambda key=f"{i}": answers.append((group.add(endpoint, [label(key)]), key)))
        for i in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(key for keys in written for key in keys if key) == [str(i) for i in range(8)]
    assert len(written) < 8
    assert all(is_kept for is_kept, _ in answers)


def test_whoever_is_told_that_the_store_is_away_says_it_again(endpoint: Endpoint) -> None:
    def fail(endpoint: Endpoint, labels: Sequence[Label]) -> bool:
        raise Unavailable("the store is away")

    with pytest.raises(Unavailable):
        GroupCommit(fail, wait_s=0).add(endpoint, [label("ada")])


def test_files_are_found_by_the_time_at_which_labels_came_and_forgotten_by_it(
    service: Service, endpoint: Endpoint
) -> None:
    assert service.labels.write(endpoint, [label("ada"), label("bob")])
    now = datetime.now(UTC)
    [file] = service.labels.since(endpoint, now - timedelta(hours=1))
    assert (file.rows, file.with_keys) == (2, True)
    assert service.labels.since(endpoint, now + timedelta(hours=1)) == []
    hour_ms = 3600 * 1000
    assert service.labels.forget_before(endpoint, int(now.timestamp() * 1000) - hour_ms, 10) == 0
    assert service.labels.forget_before(endpoint, int(now.timestamp() * 1000) + hour_ms, 10) == 1
    assert not list(service.ports.blobs.names(f"{endpoint.user_id}/labels/"))


def test_many_small_files_become_one_and_nothing_is_lost(service: Service, endpoint: Endpoint) -> None:
    for number in range(20):
        service.labels.write(endpoint, [label(f"key {number}")])
    now_ms = time.time_ns() // 1_000_000
    [row] = service.ports.tables.scan(f"endpoint#{endpoint.user_id}#")
    service.retention.labels.run([row], now_ms)
    assert len(list(service.labels.files(endpoint))) == 20  # They are too young.
    service.retention.labels.run([row], now_ms + 3600 * 1000)
    service.retention.labels.run([row], now_ms + 3600 * 1000)
    # Of two days where the test runs over midnight.
    files = [file for _, file in service.labels.files(endpoint)]
    assert len(files) < 20
    data = b"".join(gzip.decompress(b"".join(service.ports.blobs.read(file.blob))) for file in files)
    assert [orjson.loads(line)["key"] for line in data.splitlines()] == [f"key {number}" for number in range(20)]
    assert len(list(service.ports.blobs.names(f"{endpoint.user_id}/labels/"))) == len(files)
    service.retention.labels.run([row], now_ms + 32 * 24 * 3600 * 1000)
    assert not list(service.labels.files(endpoint))


def test_an_endpoint_that_is_gone_takes_no_labels_and_keeps_none(
    service: Service, endpoint: Endpoint, served: Served  # noqa: F811
) -> None:  # fmt: skip
    service.eraser.endpoint(served.user_id, "income")
    assert not service.labels.write(endpoint, [label("ada")])
    served.endpoint()
    assert not service.labels.write(endpoint, [label("ada")])
    assert not list(service.ports.blobs.names(f"{served.user_id}/labels/"))


def test_labels_are_not_moved_while_those_of_a_key_are_being_deleted(service: Service, endpoint: Endpoint) -> None:
    for number in range(20):
        service.labels.write(endpoint, [label(f"key {number}")])
    service.erasures.request(endpoint.user_id, "income", "key 7")
    [row] = service.ports.tables.scan(f"endpoint#{endpoint.user_id}#")
    service.retention.labels.run([row], time.time_ns() // 1_000_000 + 3600 * 1000)
    assert len(list(service.labels.files(endpoint))) == 20
