"""The fetcher does tasks of its queue: a source becomes a dataset, stays as it is, or fails for a reason."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from core.domain.sources import FAILED, READY, UNCHANGED
from core.errors import FetchFailed, Invalid
from core.observability.outage_log import OutageLog
from core.ports import FETCH_QUEUE
from core.service import Service
from core.storage import rows
from tests.unit.worker.fetcher.conftest import CSV, USER, Away, create, half_then, request, seen, work
from worker.fetcher.fetcher import THREADS, Fetcher


def test_a_source_becomes_a_dataset(fetcher: Fetcher, service: Service, away: Away) -> None:
    service.secrets.put(USER, "key", "s3cr3t")
    source = create(service, headers={"X-Key": {"secret": "key"}})
    fetch = request(service, source)
    assert work(fetcher)
    done = seen(service, fetch)
    assert (done.state, done.bytes, done.error) == (READY, len(CSV), None)
    dataset = service.datasets.get(USER, str(done.dataset_id))
    assert b"".join(service.ports.blobs.read(dataset.blob)) == CSV
    assert away.asked[0][1] == {"key": "s3cr3t"}
    stored = b"".join(row.value for row in rows.scan_all(service.ports.tables, ""))
    assert b"s3cr3t" not in stored
    assert not list(rows.scan_all(service.ports.tables, "intent#"))


def test_what_has_not_changed_makes_no_dataset(fetcher: Fetcher, service: Service, away: Away) -> None:
    source = create(service)
    away.version = {"etag": '"1"'}
    first = request(service, source)
    work(fetcher)
    second = request(service, source)
    work(fetcher)
    assert seen(service, second).state == UNCHANGED
    assert seen(service, second).dataset_id == seen(service, first).dataset_id
    away.version = {"etag": '"2"'}  # The same bytes under another name.
    third = request(service, source)
    work(fetcher)
    assert seen(service, third).state == UNCHANGED
    assert len(list(service.ports.blobs.names(f"{USER}/datasets/"))) == 1
    assert not list(rows.scan_all(service.ports.tables, "intent#"))


def test_a_failure_is_the_fetchs_with_its_reason(fetcher: Fetcher, service: Service, away: Away) -> None:
    away.failures = [FetchFailed("SOURCE_NOT_FOUND", "It has no such file.", "Check the url.")]
    fetch = request(service, create(service))
    work(fetcher)
    done = seen(service, fetch)
    assert done.state == FAILED
    assert done.error == {"reason": "SOURCE_NOT_FOUND", "detail": "It has no such file.", "hint": "Check the url."}
    assert len(away.asked) == 1


def test_a_server_that_is_busy_is_asked_again(fetcher: Fetcher, service: Service, away: Away) -> None:
    away.failures = [FetchFailed("SERVER_BUSY", "503."), FetchFailed("TIMED_OUT", "Late.")]
    fetch = request(service, create(service))
    work(fetcher)
    assert seen(service, fetch).state == READY
    away.failures = [FetchFailed("SERVER_BUSY", "503.")] * 3
    again = request(service, create(service))
    work(fetcher)
    assert seen(service, again).error is not None


def test_nothing_half_is_kept(fetcher: Fetcher, service: Service, away: Away) -> None:
    away.chunks = half_then(FetchFailed("TOO_SLOW", "It hardly sends."))
    fetch = request(service, create(service))
    work(fetcher)
    assert seen(service, fetch).state == FAILED
    assert not list(service.ports.blobs.names(f"{USER}/"))
    assert not list(rows.scan_all(service.ports.tables, "intent#"))


def test_more_than_is_allowed_is_refused(fetcher: Fetcher, service: Service, away: Away) -> None:
    service.settings.values["fetch_max_bytes"] = 100
    away.chunks = lambda: iter([CSV] * 100)
    fetch = request(service, create(service))
    work(fetcher)
    error = seen(service, fetch).error
    assert error is not None
    assert error["reason"] == "FILE_TOO_LARGE"


@pytest.mark.parametrize("body", [b"", b"\x00\x01\x02" * 100, b"%PDF-1.4\n", b"<html><body>Sign in</body></html>"])
def test_what_is_no_table_fails_the_fetch(fetcher: Fetcher, service: Service, away: Away, body: bytes) -> None:
    away.chunks = lambda: iter([body])
    fetch = request(service, create(service))
    work(fetcher)
    assert seen(service, fetch).state == FAILED
    assert not list(service.ports.blobs.names(f"{USER}/datasets"))


def test_a_source_is_tried_while_its_user_waits(fetcher: Fetcher, service: Service, away: Away) -> None:
    source = create(service)
    fetcher.start()
    try:
        found = service.sources.checks.run(USER, source.id)
        columns = [{"name": "a", "type": "number"}, {"name": "b", "type": "text"}]
        assert (found["format"], found["columns"], found["rows"]) == ("csv", columns, [["1", "x"], ["2", "y"]])
        away.chunks = lambda: iter([b'{"a": 1, "b": "x"}\n{"a": null, "b": "y"}\n'])
        assert service.sources.checks.run(USER, source.id)["rows"] == [["1", "x"], ["", "y"]]
        away.failures = [FetchFailed("SOURCE_NOT_AUTHORIZED", "It says 401.")]
        with pytest.raises(Invalid, match="SOURCE_NOT_AUTHORIZED"):
            service.sources.checks.run(USER, source.id)
    finally:
        fetcher.join()
    assert service.datasets.page(USER, 10).items == []


def test_a_task_message_of_another_kind_is_a_dead_letter(fetcher: Fetcher, service: Service) -> None:
    service.ports.queue.publish(FETCH_QUEUE, b"no message")
    assert work(fetcher)
    assert service.ports.queue.receive_dead_letter(FETCH_QUEUE) is not None


class CountedOutage(OutageLog):
    """Notes how often a loop came upon an outage."""

    seen = 0

    def unavailable(self, error: object) -> None:
        super().unavailable(error)
        self.seen += 1


def test_while_the_queue_is_away_all_loops_together_say_so_once(fetcher: Fetcher) -> None:
    fetcher.outage = outage = CountedOutage("fetcher")
    fetcher.service.ports.queue.close()
    with capture_logs() as lines:
        fetcher.start()
        for _ in range(600):
            if outage.seen > THREADS:
                break
            fetcher.over.wait(0.05)
        fetcher.join()
    assert outage.seen > THREADS
    assert [line["event"] for line in lines if line["event"].startswith("fetcher.")] == ["fetcher.unavailable"]
