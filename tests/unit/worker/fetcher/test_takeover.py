"""Fetchers that are told to go, hang or die: another takes over, and nothing is there twice."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from core.domain.sources import READY, WAITING, Fetch
from core.errors import FetchFailed, Unavailable
from core.service import Service
from core.storage import rows
from tests.unit.worker.fetcher.conftest import CSV, USER, Away, create, half_then, request, seen, work
from tests.waiting import wait_for
from worker.fetcher.fetcher import Fetcher


def test_a_fetcher_that_is_told_to_go_hands_its_task_back(fetcher: Fetcher, service: Service, away: Away) -> None:
    def chunks() -> Iterator[bytes]:
        yield CSV
        fetcher.stop()
        yield CSV

    away.chunks = chunks
    fetch = request(service, create(service))
    work(fetcher)
    task_state = service.work.state(fetch.ref)
    assert task_state is not None
    assert (seen(service, fetch).state, task_state.state, task_state.attempt) == (WAITING, "queued", 0)
    away.chunks = lambda: iter([CSV])
    assert work(Fetcher(service, away), "two")
    assert seen(service, fetch).state == READY
    assert len(list(service.ports.blobs.names(f"{USER}/datasets/"))) == 1


def test_one_that_is_stuck_is_cut_off_when_it_is_told_to_go(fetcher: Fetcher, service: Service, away: Away) -> None:
    reading = threading.Event()

    def chunks() -> Iterator[bytes]:
        reading.set()
        away.cut.wait()
        raise FetchFailed("TIMED_OUT", "It was cut off.")
        yield b""

    away.chunks = chunks
    fetch = request(service, create(service))
    fetcher.start()
    assert reading.wait(60)
    fetcher.join()
    wait_for(lambda: not any(thread.is_alive() for thread in fetcher._threads))
    task_state = service.work.state(fetch.ref)
    assert task_state is not None
    assert task_state.state == "queued"


def test_of_two_that_do_the_same_task_one_counts(fetcher: Fetcher, service: Service, away: Away) -> None:
    """The first one hung for longer than its lease; its late end changes nothing."""
    source = create(service)
    fetch = request(service, source)

    def chunks() -> Iterator[bytes]:
        yield CSV
        raw = service.ports.tables.get(rows.task_state_key(fetch.ref))
        assert raw is not None
        away.chunks = lambda: iter([CSV])
        service.work.notify(fetch.ref, silent=rows.digest(raw))
        assert work(Fetcher(service, away), "two")
        yield b"3,z\n"

    away.chunks = chunks
    work(fetcher)
    done = seen(service, fetch)
    assert done.state == READY
    dataset = service.datasets.get(USER, str(done.dataset_id))
    assert b"".join(service.ports.blobs.read(dataset.blob)) == CSV
    task_state = service.work.state(fetch.ref)
    assert task_state is not None
    assert (task_state.state, task_state.epoch) == ("succeeded", 2)


def test_a_process_that_dies_at_any_write_leaves_one_dataset(
    service: Service, away: Away, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, crashes = create(service), 0
    for at in range(1, 40):
        away.chunks = lambda at=at: iter([CSV, b"%d,z\n" % at])  # type: ignore[misc]
        fetch = request(service, source)
        if not crash_at(service, away, at, monkeypatch):
            break
        crashes += 1
        recover(service, fetch)
        assert work(Fetcher(service, away), "two") or seen(service, fetch).is_over
        service.settler.finalize(fetch.ref)
        done = seen(service, fetch)
        assert done.state == READY, f"write {at}: {done}"
        dataset = service.datasets.get(USER, str(done.dataset_id))
        assert b"".join(service.ports.blobs.read(dataset.blob)) == CSV + b"%d,z\n" % at
    assert 5 < crashes < 39
    found = {fetch.dataset_id for fetch in service.sources.fetches.page(USER, source.id, 100).items}
    assert len(found) == crashes + 1


class Crash(BaseException):
    """The process has died."""


def crash_at(service: Service, away: Away, at: int, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Have a fetcher die behind its write number `at` to the tables or blobs; False if it makes fewer."""
    writes = itertools.count(1)

    def dying(write: Callable[..., Any]) -> Callable[..., Any]:
        def written(*args: Any, **options: Any) -> Any:
            result = write(*args, **options)
            if next(writes) == at:
                raise Crash
            return result

        return written

    with monkeypatch.context() as patch:
        for name in ("put", "put_if_absent", "put_if_unchanged", "delete", "delete_if_unchanged"):
            patch.setattr(service.ports.tables, name, dying(getattr(service.ports.tables, name)))
        patch.setattr(service.ports.blobs, "write", dying(service.ports.blobs.write))
        patch.setattr("worker.lease_keeper.LeaseRenewer._run", lambda self: None)
        try:
            work(Fetcher(service, away), "one")
        except Crash:
            return True
    return False


def recover(service: Service, fetch: Fetch) -> None:
    """Do what the sweeper does once the lease has expired: notify of the silent task, or of the one that waits."""
    raw = service.ports.tables.get(rows.task_state_key(fetch.ref))
    assert raw is not None
    service.work.notify(fetch.ref, silent=rows.digest(raw))


def test_tables_that_are_away_cost_no_attempt(
    fetcher: Fetcher, service: Service, away: Away, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.fetcher.fetcher.BACKEND_OUTAGE_PAUSE_S", 0.0)
    away.chunks = half_then(Unavailable("no blobs"))
    fetch = request(service, create(service))
    work(fetcher)
    task_state = service.work.state(fetch.ref)
    assert task_state is not None
    assert (task_state.state, task_state.attempt) == ("queued", 0)
    away.chunks = lambda: iter([CSV])
    work(fetcher, "two")
    assert seen(service, fetch).state == READY
