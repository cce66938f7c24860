"""What a user may have, and that nobody gets more of it by asking in many places at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import pytest

from backends.factory import create_backends
from core.domain.users import User
from core.errors import Conflict, RequestError, TooMany
from core.limits.quotas import Quotas
from core.limits.storage_quota import stored_bytes
from core.limits.stream_quota import TTL_S, StreamQuota
from core.service import Service
from core.settings import Settings
from core.storage import rows
from tests.unit.core.conftest import CSV, World


def at_once(count: int, act: Callable[[Service], object], settings: Settings) -> int:
    """How many of so many calls get through, each in a service of its own over the same folder, as in processes."""
    opened = [create_backends(settings) for _ in range(count)]
    barrier = threading.Barrier(count)
    done: list[object] = []

    def call(service: Service) -> None:
        barrier.wait()
        with suppress(RequestError):
            done.append(act(service))

    threads = [threading.Thread(target=call, args=(Service(ports, settings),)) for ports in opened]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for ports in opened:
        ports.close()
    return len(done)


def test_an_account_has_the_settings_quotas_but_for_those_of_its_own(world: World) -> None:
    quotas = world.service.quotas
    everybodys = quotas.for_user(world.user)
    assert everybodys == quotas.for_user_id(world.user.id) == Quotas(1000, 100 << 30, 4, 1000, 20, 100)
    own = replace(world.user, quotas={"datasets": 3, "of a newer version": 1})
    assert quotas.for_user(own) == replace(everybodys, datasets=3)
    world.service.ports.tables.put(rows.key("user", own.id), rows.dump(own))
    assert quotas.for_user_id(own.id).datasets == 3
    assert quotas.for_user_id("gone") == everybodys


def test_rows_of_users_without_quotas_can_be_read() -> None:
    assert rows.load(User, b'{"id":"a","username":"b","created_at":"c"}').quotas == {}


def test_datasets_are_counted(world: World) -> None:
    world.service.settings.values["max_datasets"] = 2
    first, _ = world.upload(ready=False), world.upload(ready=False)
    with pytest.raises(Conflict) as refused:
        world.upload(ready=False)
    assert (refused.value.reason, refused.value.errors[0]["field"]) == ("QUOTA_EXCEEDED", "datasets")
    world.service.eraser.dataset(world.user.id, first.id)
    world.upload(ready=False)


def test_bytes_are_counted_as_they_come_in(world: World) -> None:
    world.service.settings.values["max_stored_bytes"] = 3 * len(CSV) - 1
    first, second = world.upload(ready=False), world.upload(ready=False)
    read = []

    def chunks() -> object:
        for _ in range(100):
            read.append(CSV)
            yield CSV

    with pytest.raises(Conflict) as refused:
        world.service.datasets.create(world.user.id, "large", chunks())  # type: ignore[arg-type]
    assert refused.value.errors[0]["field"] == "bytes"
    assert len(read) == 1
    assert set(world.service.ports.blobs.names("")) == {first.blob, second.blob}
    assert stored_bytes(world.service.ports.tables, world.user.id) == (2, 2 * len(CSV))


@pytest.mark.parametrize(
    ("quota", "most", "fit"), [("max_datasets", 3, 3), ("max_stored_bytes", 2 * len(CSV), 2), ("max_datasets", 0, 0)]
)
def test_uploads_at_once_never_exceed_a_quota(world: World, quota: str, most: int, fit: int) -> None:
    settings = Settings({}, **{**world.service.settings.values, quota: most})
    user = world.user.id
    for _ in range(3):
        through = at_once(6, lambda service: service.datasets.create(user, "t", iter([CSV])), settings)
        held = world.service.datasets.page(user, 100).items
        assert through == len(held) <= fit
        assert stored_bytes(world.service.ports.tables, user) == (len(held), len(held) * len(CSV))
        assert len(list(world.service.ports.blobs.names(""))) == len(held)
        for dataset in held:
            world.service.eraser.dataset(user, dataset.id)


def test_jobs_at_once_never_exceed_the_quota(world: World) -> None:
    settings = Settings({}, **{**world.service.settings.values, "max_queued_jobs": 3})
    dataset = world.upload()
    body = {"dataset_id": dataset.id, "target": "bought", "exclude_columns": []}
    through = at_once(6, lambda service: service.jobs.submit(world.user.id, body), settings)
    assert through <= 3
    assert len(world.service.jobs.page(world.user.id, 100).items) == through


def test_streams_at_once_never_exceed_the_quota(world: World) -> None:
    def enter(service: Service) -> str:
        return StreamQuota(service.ports.tables).acquire(world.user.id, 3)

    assert at_once(6, enter, world.service.settings) <= 3


def test_a_stream_that_nobody_renews_stops_counting(world: World) -> None:
    now_s = [1000.0]
    stream_quota = StreamQuota(world.service.ports.tables, lambda: now_s[0])
    lost, kept = stream_quota.acquire("u", 2), stream_quota.acquire("u", 2)
    now_s[0] += TTL_S / 2
    stream_quota.renew(kept)
    with pytest.raises(TooMany, match="QUOTA_EXCEEDED"):
        stream_quota.acquire("u", 2)
    now_s[0] += TTL_S / 2
    stream_quota.acquire("u", 2)
    world.sweep()  # By a clock that is far ahead.
    assert world.service.ports.tables.get(lost) is None
