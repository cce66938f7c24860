"""Requests over a store that is away or full, and those that are answered only once they are kept."""

from __future__ import annotations

import threading

import pytest

from api.serving.serving import Serving
from core.errors import StorageFull, Unavailable
from core.requests.request_pages import RequestPages, RequestQuery
from core.service import Service
from tests.unit.api.serving.request_log.conftest import (
    ADA,
    EVER,
    BlobsThatFail,
    endpoint,
    kept,
    lost,
    predict,
)
from tests.waiting import wait_for


@pytest.mark.parametrize("failure", [Unavailable("away"), StorageFull("no room"), OSError("a fault of ours")])
def test_a_store_that_is_away_or_full_fails_no_prediction_and_loses_nothing_that_fits(
    service: Service, serving: Serving, blobs: BlobsThatFail, failure: Exception
) -> None:
    predict(serving)  # The model is loaded.
    blobs.failure = failure
    ids = predict(serving, 5)
    wait_for(lambda: serving.log._writer.is_away, patience_s=20)
    ids += predict(serving, 5)
    blobs.failure = None
    wait_for(lambda: len(kept(service)) == 11, patience_s=30)
    assert {line["id"] for line in kept(service)} >= set(ids)


def test_what_a_store_never_takes_is_counted(service: Service, serving: Serving, blobs: BlobsThatFail) -> None:
    before = lost("storage")
    blobs.failure = Unavailable("away")
    predict(serving, 7)
    serving.close()
    assert lost("storage") == before + 7


def test_what_has_no_room_in_memory_is_counted_and_told_in_the_log(service: Service, blobs: BlobsThatFail) -> None:
    serving = Serving(service)
    serving.log._max_bytes = 10_000
    before = lost("memory")
    predict(serving)
    for _ in range(50):
        predict(serving, 100)
    gone = lost("memory") - before
    assert gone > 0
    serving.close()
    assert len(kept(service)) == 5001 - gone
    [*segments] = service.requests.segments(endpoint(service), *EVER)
    assert sum(segment.lost for segment in segments) == gone


def test_a_durable_request_is_kept_once_it_is_answered(service: Service, serving: Serving) -> None:
    service.endpoints.patch(ADA, "income", {"log": {"durable": True}})
    for count in range(1, 4):
        [id] = predict(serving)
        assert kept(service)[0]["id"] == id
        assert len(kept(service)) == count
    ids = predict(serving, 6000)  # Two segments.
    pages = RequestPages(service.ports, lambda segment: [])
    assert [line["id"] for line in pages.page(endpoint(service), RequestQuery(), 6000).items] == ids[::-1]


def test_durable_requests_that_come_together_are_written_together(service: Service, serving: Serving) -> None:
    service.endpoints.patch(ADA, "income", {"log": {"durable": True}})
    predict(serving)
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.extend(predict(serving))) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {line["id"] for line in kept(service)} >= set(found)
    assert len(list(service.requests.blobs.names(f"{ADA}/requests/"))) < 20


def test_a_durable_request_that_cannot_be_kept_is_not_answered(
    service: Service, serving: Serving, blobs: BlobsThatFail
) -> None:
    predict(serving)
    service.endpoints.patch(ADA, "income", {"log": {"durable": True}})
    wait_for(lambda: serving.known.endpoint(ADA, "income").log["durable"] is True)
    blobs.failure = StorageFull("no room")
    with pytest.raises(Unavailable):
        predict(serving)
    blobs.failure = None
    [id] = predict(serving)
    assert kept(service)[0]["id"] == id
