"""Fetches whose process ends at any call of a port: done again, there is one dataset, and nothing is left over."""

from __future__ import annotations

from contextlib import suppress
from itertools import count
from typing import Any

import pytest

from core.domain.sources import FetchedFile
from core.errors import Unavailable
from core.ports import Ports
from core.service import Service
from tests.unit.core.conftest import CSV
from tests.unit.core.requests.test_gatherings import FailingTables
from tests.unit.core.sources.conftest import MORE, Fetcher


def over_failing_tables(service: Service, fails_at: int, *, lands: bool) -> Service:
    """The same service as another process has it, whose tables fail once."""
    tables: Any = FailingTables(service.ports.tables, fails_at, lands=lands)
    return Service(Ports(tables, service.ports.blobs, service.ports.queue), service.settings)


def record(service: Service, ref: Any, comes: bytes, epoch: int) -> None:
    plan = service.sources.begin(ref)
    if plan is None:
        return
    blob, intent = service.sources.announce(plan, epoch)
    info = service.ports.blobs.write(blob, [comes])
    service.sources.record(plan, FetchedFile(info, intent, {"etag": str(epoch)}))


@pytest.mark.parametrize("lands", [False, True])
@pytest.mark.parametrize("said", [{}, {"mode": "append", "key": ["age"]}], ids=["replace", "append"])
def test_a_fetch_that_is_done_again_makes_one_dataset_wherever_it_was_cut_off(
    fetcher: Fetcher, said: dict[str, Any], lands: bool
) -> None:
    service, cut_off = fetcher.service, True
    for fails_at in count(1):
        if not cut_off:
            break
        source = fetcher.source(name=f"cut {fails_at}", **said)
        before = len(service.datasets.page(fetcher.user_id, 200).items)
        fetch = fetcher.ask(source)
        claimed = fetcher.claim()
        assert claimed is not None
        try:
            record(over_failing_tables(service, fails_at, lands=lands), claimed.ref, CSV, 1)
            cut_off = False
        except Unavailable:
            cut_off = True
        record(service, claimed.ref, CSV, 2)
        service.work.succeed(claimed, {})
        service.settler.finalize(claimed.ref)
        done = fetcher.now(fetch)
        assert (done.state, done.dataset_id) == ("ready", fetch.new_dataset_id), fails_at
        assert len(service.datasets.page(fetcher.user_id, 200).items) == before + 1, fails_at
    assert fails_at > 10, "there were calls to cut off"


@pytest.mark.parametrize("lands", [False, True])
@pytest.mark.parametrize("said", [{}, {"mode": "append"}], ids=["replace", "append"])
def test_what_is_recorded_twice_keeps_its_file(fetcher: Fetcher, said: dict[str, Any], lands: bool) -> None:
    service, cut_off = fetcher.service, True
    for fails_at in count(1):
        if not cut_off:
            break
        fetch = fetcher.ask(fetcher.source(name=f"twice {fails_at}", **said))
        claimed = fetcher.claim()
        assert claimed is not None
        plan = service.sources.begin(claimed.ref)
        assert plan is not None
        blob, intent = service.sources.announce(plan, 1)
        file = FetchedFile(service.ports.blobs.write(blob, [CSV]), intent, {})
        try:
            over_failing_tables(service, fails_at, lands=lands).sources.record(plan, file)
            cut_off = False
        except Unavailable:
            cut_off = True
        for _ in range(2):
            done = service.sources.record(plan, file)
            assert done is not None
            assert (done.state, done.dataset_id) == ("ready", fetch.new_dataset_id)
        assert b"".join(service.ports.blobs.read(blob)) == CSV, fails_at
    assert fails_at > 5


@pytest.mark.parametrize("lands", [False, True])
def test_a_request_for_a_fetch_that_is_sent_again_is_one_fetch(fetcher: Fetcher, lands: bool) -> None:
    for fails_at in range(1, 20):
        source = fetcher.source(name=f"asked {fails_at}")
        cut_off = over_failing_tables(fetcher.service, fails_at, lands=lands)
        with suppress(Unavailable):
            cut_off.sources.request_fetch(fetcher.user_id, source.id, {}, key="run")
        fetcher.ask(source, "run")
        fetcher.do()
        assert fetcher.ask(source, "run").number == 1
        assert [each.state for each in fetcher.sources.fetches.page(fetcher.user_id, source.id, 9).items] == ["ready"]


@pytest.mark.parametrize("lands", [False, True])
def test_a_deletion_that_is_cut_off_is_carried_out_by_the_sweeper(fetcher: Fetcher, lands: bool) -> None:
    service = fetcher.service
    for fails_at in range(1, 30):
        source = fetcher.source(name=f"gone {fails_at}")
        fetcher.fetch(source, MORE)
        try:
            over_failing_tables(service, fails_at, lands=lands).sources.delete(fetcher.user_id, source.id)
        except Unavailable:
            found = service.sources.rows.find_any(fetcher.user_id, source.id)
            for row in service.ports.tables.scan("erasure#", 10):
                service.eraser.resume(row.key)
            if found is not None and service.sources.rows.find(fetcher.user_id, source.id) is not None:
                service.sources.delete(fetcher.user_id, source.id)
        left = [row.key for row in service.ports.tables.scan("fetch#", 10)]
        assert (fails_at, left) == (fails_at, [])
        assert service.sources.rows.find(fetcher.user_id, source.id) is None
