"""The log of an endpoint's requests: segments found by time, pages, what crashes leave, days that are forgotten."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.endpoints import Endpoint
from core.domain.prediction_ids import PredictionIds, least_id, predicted_at, time_ms
from core.domain.records import Json
from core.errors import Unavailable
from core.requests.newest_first import newest_first
from core.requests.request_log import NewSegment, RequestLog
from core.requests.request_pages import RequestPages, RequestQuery
from core.requests.segments import DAY_MS, HOUR_MS, floor
from core.service import Service
from core.storage import rows
from tests.unit.core.endpoints.conftest import Served, served  # noqa: F401

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
NOON_MS = int(NOON.timestamp() * 1000)
names = count()


def line(id: str, version: int = 1) -> Json:
    return {"id": id, "at": predicted_at(id), "v": version, "alias": "champion", "key": None, "x": {}, "y": "yes"}


def new_segment(endpoint: Endpoint, ids: list[str], version: int = 1) -> NewSegment:
    data = gzip.compress(b"".join(orjson.dumps(line(id, version)) + b"\n" for id in ids))
    day_ms = floor(time_ms(ids[0]), DAY_MS)
    return NewSegment(endpoint, day_ms, data, len(ids), min(ids), max(ids), f"{next(names):x}")


def ids_at(at: datetime, n: int) -> list[str]:
    at_ms = int(at.timestamp() * 1000)
    return PredictionIds(lambda: at_ms).make(n)


@pytest.fixture
def endpoint(served: Served) -> Endpoint:  # noqa: F811
    served.endpoint()
    return served.service.endpoints.get(served.user_id, "income")


@pytest.fixture
def log(service: Service, endpoint: Endpoint) -> RequestLog:
    return service.requests


@pytest.fixture
def pages(service: Service) -> RequestPages:
    return RequestPages(service.ports, lambda segment: [])


def all_ids(pages: RequestPages, endpoint: Endpoint, size: int = 7, **query: Any) -> list[str]:
    found: list[str] = []
    after = None
    while True:
        page = pages.page(endpoint, RequestQuery(**query), size, after)
        found += [each["id"] for each in page.items]
        after = page.next
        if after is None:
            return found


def test_pages_have_every_request_once_newest_first_whoever_wrote_it(
    log: RequestLog, pages: RequestPages, endpoint: Endpoint
) -> None:
    times = [NOON - timedelta(minutes=minutes) for minutes in (0, 1, 50, 61, 62, 400, 60 * 30)]
    written = []
    for at in times:
        for _ in range(3):  # Processes that answer at the same time.
            ids = ids_at(at, 4)
            assert log.write(new_segment(endpoint, ids))
            written += ids
    again = written[5:9]
    log.write(new_segment(endpoint, again))  # A message that was delivered twice.
    assert all_ids(pages, endpoint) == sorted(written, reverse=True)
    assert all_ids(pages, endpoint, size=1000) == sorted(written, reverse=True)


def test_pages_are_of_a_time_and_of_a_version(log: RequestLog, pages: RequestPages, endpoint: Endpoint) -> None:
    early, late = ids_at(NOON - timedelta(hours=3), 3), ids_at(NOON, 3)
    log.write(new_segment(endpoint, early))
    log.write(new_segment(endpoint, late, version=2))
    assert all_ids(pages, endpoint, to=NOON) == early[::-1]
    assert all_ids(pages, endpoint, from_=NOON) == late[::-1]
    assert all_ids(pages, endpoint, version=2) == late[::-1]
    assert all_ids(pages, endpoint, labelled=True) == []
    assert all_ids(pages, endpoint, labelled=False) == (early + late)[::-1]


def test_the_truth_stands_beside_a_request(service: Service, log: RequestLog, endpoint: Endpoint) -> None:
    ids = ids_at(NOON, 3)
    log.write(new_segment(endpoint, ids))
    truth = {ids[1]: {"label": "no", "label_at": "2026-04-01T00:00:00.000Z"}}
    pages = RequestPages(service.ports, lambda segment: [], lambda endpoint, lines: truth)
    [found] = pages.page(endpoint, RequestQuery(labelled=True), 10).items
    assert found["id"] == ids[1]
    assert found["label"] == "no"


def test_segments_of_a_time_are_those_that_may_hold_its_requests(log: RequestLog, endpoint: Endpoint) -> None:
    for hours in (30, 3, 1, 0):
        log.write(new_segment(endpoint, ids_at(NOON - timedelta(hours=hours), 2)))
    found = log.segments(endpoint, NOON - timedelta(hours=3), NOON)
    assert [predicted_at(each.first)[:13] for each in found] == ["2026-03-01T09", "2026-03-01T11"]
    assert [each.rows for each in found] == [2, 2]


NUMBERS = st.lists(st.integers(0, 40), min_size=1, max_size=8)


@given(st.lists(NUMBERS, max_size=6), st.integers(0, 20), st.integers(20, 40))
def test_lines_of_many_chunks_are_in_order_and_each_once(chunks: list[list[int]], low: int, high: int) -> None:
    class Numbers:
        def __init__(self, ids: list[str]) -> None:
            self.ids = ids
            self.first, self.last = min(ids), max(ids)

        def lines(self) -> list[tuple[str, bytes]]:
            return [(id, id.encode()) for id in self.ids]

    made = [Numbers([least_id(number) for number in numbers]) for numbers in chunks]
    expected = sorted({n for numbers in chunks for n in numbers if low <= n < high}, reverse=True)
    found = [time_ms(id) for id, _ in newest_first(made, least_id(low), least_id(high))]
    assert found == expected


def test_a_segment_whose_writing_failed_at_any_call_is_written_by_the_next_try(
    service: Service, log: RequestLog, pages: RequestPages, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    for failing in ("put", "put_if_absent", "delete"):
        new = new_segment(endpoint, ids_at(NOON, 2))
        with monkeypatch.context() as patched:

            def away(*args: object) -> None:
                raise Unavailable("away")

            patched.setattr(service.ports.tables, failing, away)
            with pytest.raises(Unavailable):
                log.write(new)
        assert log.write(new)
    assert len(all_ids(pages, endpoint)) == 6
    assert len(log.segments(endpoint, NOON, NOON + timedelta(hours=1))) == 3
    assert not list(rows.scan_all(service.ports.tables, "intent#"))


def test_an_endpoint_that_is_gone_has_no_log(served: Served, log: RequestLog, endpoint: Endpoint) -> None:  # noqa: F811
    log.write(new_segment(endpoint, ids_at(NOON, 2)))
    served.service.eraser.endpoint(served.user_id, "income")
    assert not log.write(new_segment(endpoint, ids_at(NOON, 2)))
    served.world.sweep()
    served.world.sweep(after_s=120)
    left = [row.key for kind in ("segment#", "intent#", "erasure#") for row in rows.scan_all(log.tables, kind)]
    assert left == []
    assert list(log.blobs.names(f"{served.user_id}/requests/")) == []


def test_an_endpoint_of_the_same_name_does_not_inherit_the_log(
    served: Served,  # noqa: F811
    log: RequestLog,
    pages: RequestPages,
    endpoint: Endpoint,
) -> None:
    log.write(new_segment(endpoint, ids_at(NOON, 2)))
    served.service.eraser.endpoint(served.user_id, "income")
    served.endpoint()
    another = served.service.endpoints.get(served.user_id, "income")
    mine = ids_at(datetime.now(UTC), 2)
    log.write(new_segment(another, mine))
    assert all_ids(pages, another) == mine[::-1]
    served.world.sweep()
    served.world.sweep(after_s=120)
    assert all_ids(pages, another) == mine[::-1]
    assert len(list(log.blobs.names(f"{served.user_id}/requests/"))) == 1


def test_days_that_are_over_are_forgotten_with_what_crashes_left(
    log: RequestLog, pages: RequestPages, endpoint: Endpoint
) -> None:
    for days in (0, 1, 2, 3):
        log.write(new_segment(endpoint, ids_at(NOON - timedelta(days=days), 2)))
    orphan = f"{endpoint.user_id}/requests/{endpoint.id}/2026-02-27/{least_id(NOON_MS - 2 * DAY_MS)}-x"
    log.blobs.write(orphan, [b"of a crash"])
    limit = NOON - timedelta(days=1)
    assert log.forget_day(endpoint, limit)
    assert log.forget_day(endpoint, limit)
    assert not log.forget_day(endpoint, limit)
    assert sorted({predicted_at(id)[:10] for id in all_ids(pages, endpoint)}) == ["2026-02-28", "2026-03-01"]
    assert len(list(log.blobs.names(f"{endpoint.user_id}/requests/"))) == 2


def test_an_hour_without_requests_does_not_end_the_pages(
    log: RequestLog, pages: RequestPages, endpoint: Endpoint
) -> None:
    exactly = NOON_MS - 5 * HOUR_MS  # On the hour: the bound of two of them.
    ids = [*PredictionIds(lambda: exactly - 1).make(2), *PredictionIds(lambda: exactly).make(2)]
    log.write(new_segment(endpoint, ids[:2]))
    log.write(new_segment(endpoint, ids[2:]))
    newest = ids_at(NOON, 1)
    log.write(new_segment(endpoint, newest))
    assert sorted(all_ids(pages, endpoint, size=1)) == sorted(ids + newest)
