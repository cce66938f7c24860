"""Fetches: one at a time, a dataset of what is new, nothing of what is not."""

from __future__ import annotations

import pytest

from core.domain.sources import FetchedFile
from core.errors import FetchFailed
from core.storage import rows
from tests.unit.core.conftest import CSV
from tests.unit.core.sources.conftest import MORE, Fetcher


def test_a_fetch_makes_a_dataset_that_says_where_it_is_from(fetcher: Fetcher) -> None:
    source = fetcher.source()
    fetch = fetcher.fetch(source, CSV, version={"etag": '"1"'}, rows=3)
    assert (fetch.state, fetch.number, fetch.rows, fetch.bytes) == ("ready", 1, 3, len(CSV))
    dataset = fetcher.dataset(fetch)
    assert (dataset.name, dataset.state, dataset.header) == ("people", "uploaded", ["age", "city", "bought"])
    assert dataset.origin is not None
    assert {name: dataset.origin[name] for name in ("kind", "source", "fetch", "etag", "rows")} == {
        "kind": "source", "source": source.id, "fetch": 1, "etag": '"1"', "rows": 3,
    }  # fmt: skip
    fetcher.profile()
    assert fetcher.dataset(fetch).state == "ready"
    assert not list(rows.scan_all(fetcher.service.ports.tables, "intent#"))


def test_the_same_bytes_or_not_modified_are_unchanged_and_leave_nothing(fetcher: Fetcher) -> None:
    source = fetcher.source()
    first = fetcher.fetch(source, version={"etag": '"1"'})
    same = fetcher.fetch(source, CSV, version={"etag": '"2"'})
    not_modified = fetcher.fetch(source, None)
    assert [first.state, same.state, not_modified.state] == ["ready", "unchanged", "unchanged"]
    assert {each.dataset_id for each in (first, same, not_modified)} == {first.dataset_id}
    assert not_modified.version["etag"] == '"2"', "what is asked by next is what came last"
    assert len(list(fetcher.service.ports.blobs.names(f"{fetcher.user_id}/"))) == 1
    assert not list(rows.scan_all(fetcher.service.ports.tables, "intent#"))


def test_what_is_known_is_told_to_the_next_fetch(fetcher: Fetcher) -> None:
    source = fetcher.source()
    fetcher.fetch(source, version={"etag": '"1"'})
    fetcher.ask(source)
    plan = fetcher.do(MORE)
    assert plan.since is not None
    assert plan.since["etag"] == '"1"'
    fetcher.sources.update(fetcher.user_id, source.id, {"url": "https://example.org/other.csv"})
    fetcher.ask(source)
    assert fetcher.do(MORE).since is None, "another file is never unchanged"


def test_while_one_waits_it_is_the_one_for_all_and_the_next_one_waits_for_its_end(fetcher: Fetcher) -> None:
    source = fetcher.source()
    assert fetcher.ask(source).number == fetcher.ask(source).number == 1
    claimed = fetcher.claim()
    assert claimed is not None
    assert fetcher.now(fetcher.ask(source)).number == 2, "what is being read may have changed since"
    assert fetcher.ask(source).number == 2
    assert fetcher.claim("another") is None
    plan = fetcher.sources.begin(claimed.ref)
    assert plan is not None
    fetcher.sources.record_progress(claimed.ref, 5)
    running = fetcher.sources.fetch_of(fetcher.user_id, source.id, 1)
    assert running is not None
    assert (running.state, running.bytes) == ("fetching", 5)
    fetcher.bring(plan, CSV, None)
    fetcher.service.work.succeed(claimed, {})
    fetcher.service.settler.finalize(claimed.ref)
    fetcher.do(MORE)
    states = [each.state for each in fetcher.sources.fetches.page(fetcher.user_id, source.id, 10).items]
    assert states == ["ready", "ready"]


def test_a_key_means_one_fetch_for_ever(fetcher: Fetcher) -> None:
    source = fetcher.source()
    first = fetcher.ask(source, "run-1")
    joined = fetcher.ask(source, "run-2")
    fetcher.do()
    assert fetcher.ask(source, "run-1").number == fetcher.ask(source, "run-2").number == first.number == joined.number
    assert fetcher.ask(source, "run-3").number == 2


def test_a_failed_fetch_says_why_and_its_owner_is_told(fetcher: Fetcher) -> None:
    source = fetcher.source()
    fetch = fetcher.fetch(source, FetchFailed("HTTP_STATUS", "The server answers 404."))
    assert fetch.state == "failed"
    assert (fetch.error or {})["reason"] == "HTTP_STATUS"
    told = [
        rows.load_json(row.value) for row in fetcher.service.ports.tables.scan(f"notification#{fetcher.user_id}#", 10)
    ]
    assert [each["type"] for each in told] == ["source.failed"]
    assert told[0]["data"]["source_id"] == source.id
    assert fetcher.fetch(source).state == "ready", "the next one is not held up"


@pytest.mark.parametrize(
    ("comes", "format", "reason"),
    [
        (b"<!DOCTYPE html><html><body>Sign in</body></html>", "auto", "NOT_A_TABLE"),
        (b"\xef\xbb\xbf\n<?xml version='1.0'?><Error/>", "csv", "NOT_A_TABLE"),
        (CSV, "parquet", "FORMAT_DIFFERS"),
        (b'{"a": 1}\n{"a": 2}\n', "csv", "FORMAT_DIFFERS"),
        (b"", "auto", "EMPTY_FILE"),
        (b"PK\x03\x04nothing of a workbook", "xlsx", "FILE_UNREADABLE"),
    ],
)
def test_what_shows_itself_to_be_no_such_table_fails_and_is_dropped(
    fetcher: Fetcher, comes: bytes, format: str, reason: str
) -> None:
    fetch = fetcher.fetch(fetcher.source(format=format), comes)
    assert fetch.state == "failed"
    assert (fetch.error or {})["reason"] == reason
    assert not list(fetcher.service.ports.blobs.names(f"{fetcher.user_id}/"))


def test_a_rejected_or_deleted_dataset_is_no_beginning(fetcher: Fetcher) -> None:
    source = fetcher.source()
    first = fetcher.fetch(source)
    fetcher.profile(rejected={"reason": "RAGGED_ROWS", "detail": "Rows differ."})
    again = fetcher.fetch(source)
    assert again.state == "ready", "what could not be read is not what there is"
    assert again.dataset_id != first.dataset_id
    fetcher.profile()
    fetcher.service.eraser.dataset(fetcher.user_id, again.dataset_id or "")
    assert fetcher.fetch(source).state == "ready"


def test_corrections_of_a_dataset_hold_for_the_next_one(fetcher: Fetcher) -> None:
    source = fetcher.source()
    first = fetcher.fetch(source)
    fetcher.profile()
    fetcher.service.datasets.update(fetcher.user_id, first.dataset_id or "", {"types": {"age": "category"}})
    fetcher.profile()
    assert fetcher.dataset(fetcher.fetch(source, MORE)).types == {"age": "category"}


def test_data_are_fresh_by_the_time_at_which_they_were_looked_at(fetcher: Fetcher) -> None:
    source = fetcher.source(max_age_s=3600)
    fresh = fetcher.sources.fresh_dataset
    assert fresh(fetcher.user_id, source.id) is None
    fetch = fetcher.fetch(source)
    found = fresh(fetcher.user_id, source.id)
    assert found is not None
    assert found.id == fetch.dataset_id
    assert fresh(fetcher.user_id, source.id, 0) is None
    fetcher.fetch(source, FetchFailed("HTTP_STATUS", "The server answers 500."))
    assert fresh(fetcher.user_id, source.id) is not None, "a failure makes nothing older"


def test_only_the_newest_datasets_are_kept_but_those_in_use(fetcher: Fetcher) -> None:
    source = fetcher.source(keep=2)
    used = fetcher.fetch(source, CSV)
    fetcher.profile()
    fetcher.world.submit(fetcher.dataset(used))
    made = [fetcher.fetch(source, CSV + b"%d,Rome,yes\n" % number) for number in range(3)]
    fetcher.profile()
    for _ in range(2):
        for upkeep in fetcher.service.sweeper.housekeeping.upkeeps:
            upkeep()
    left = [each.id for each in fetcher.service.datasets.page(fetcher.user_id, 10).items]
    assert sorted(left) == sorted([each.dataset_id for each in (used, made[1], made[2])])
    shown = {each.number: each.dataset_id for each in fetcher.sources.fetches.page(fetcher.user_id, source.id, 9).items}
    assert shown[2] is None
    assert shown[1] == used.dataset_id


def test_a_source_that_goes_while_it_is_fetched_leaves_nothing(fetcher: Fetcher) -> None:
    source = fetcher.source()
    fetcher.ask(source)
    claimed = fetcher.claim()
    assert claimed is not None
    plan = fetcher.sources.begin(claimed.ref)
    assert plan is not None
    blob, intent = fetcher.sources.announce(plan, 1)
    info = fetcher.service.ports.blobs.write(blob, [CSV])
    fetcher.sources.delete(fetcher.user_id, source.id)
    assert fetcher.sources.record(plan, FetchedFile(info, intent, {})) is None
    assert not list(fetcher.service.ports.blobs.names(f"{fetcher.user_id}/"))
    tables = fetcher.service.ports.tables
    for kind in ("source", "fetch", "control#fetch", "active#fetch", "dataset", "intent"):
        assert not tables.scan(f"{kind}#", 10), kind
