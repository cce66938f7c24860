"""Segments that wait for the store take no more memory than they may, whether it is away or only slow."""

from __future__ import annotations

import threading
from typing import cast

import pytest

from api.serving.request_log import segment_writer
from api.serving.request_log.open_segments import ClosedSegment
from api.serving.request_log.segment_writer import SegmentWriter
from core.domain.endpoints import Endpoint
from core.domain.ids import now
from core.errors import Unavailable
from core.requests.request_log import NewSegment, RequestLog
from tests.waiting import wait_for

ENDPOINT = Endpoint("income", "ada", now())


class Store:
    """Takes segments as soon as it may; or none at all."""

    def __init__(self) -> None:
        self.may = threading.Event()
        self.failure: Exception | None = None
        self.written: list[str] = []

    def write(self, new: NewSegment) -> bool:
        self.may.wait()
        if self.failure is not None:
            raise self.failure
        self.written.append(new.name)
        return True


@pytest.mark.parametrize("failure", [None, Unavailable("away")])
def test_a_store_that_takes_nothing_fills_no_memory(failure: Exception | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segment_writer, "MAX_BYTES", 100)
    monkeypatch.setattr(segment_writer, "MAX_RETRY_S", 0.05)
    store = Store()
    lost: list[int] = []
    store.failure = failure
    writer = SegmentWriter(cast(RequestLog, store), lambda endpoint, rows, why: lost.append(rows))
    if failure is not None:
        store.may.set()
    for number in range(10):
        writer.submit(ClosedSegment(NewSegment(ENDPOINT, 0, b"x" * 30, 1 + number, "", "", str(number))))
    if failure is None:
        assert lost == [4, 5, 6, 7, 8, 9, 10]  # There is no telling when the first three will have been written.
        store.may.set()
        wait_for(lambda: sorted(store.written) == ["0", "1", "2"])
        writer.submit(ClosedSegment(NewSegment(ENDPOINT, 0, b"x" * 30, 1, "", "", "now")))  # There is room again.
    else:
        wait_for(lambda: len(lost) == 7)
        wait_for(lambda: writer.is_away)
        store.failure = None

    def is_written() -> bool:
        writer.retry()
        return len(store.written) >= 3

    wait_for(is_written)
    writer.flush(5.0)
    assert len(store.written) + len(lost) == 10 + (failure is None)
