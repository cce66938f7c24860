"""Datasets that are put together: parent and child for real, in one process, up to the profile."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta
from typing import Any

from core.domain.ids import rfc3339
from core.domain.records import Dataset, Json, TaskRef
from core.sources.assemblies import assemble_ref, parts_prefix
from tests.unit.worker.tasks.request_log.conftest import shop  # noqa: F401
from tests.unit.worker.tasks.request_log.shop import Shop

SALES = b"id;price;city\n1;1,50;Rome\n2;2,50;Oslo\n3;9,00;Rome\n"


def upload(shop: Shop, csv: bytes) -> Dataset:  # noqa: F811
    dataset = shop.service.datasets.create(shop.user_id, "sales", [csv])
    return profiled(shop, dataset)


def profiled(shop: Shop, dataset: Dataset) -> Dataset:  # noqa: F811
    shop.work(TaskRef("profile", shop.user_id, f"{dataset.id}-r1"))
    return shop.service.datasets.get(shop.user_id, dataset.id)


def put_together(shop: Shop, *parts: Json, **said: Any) -> Dataset:  # noqa: F811
    dataset = shop.service.assemblies.create(shop.user_id, "all", list(parts), **said)
    shop.work(assemble_ref(dataset))
    made = shop.service.datasets.get(shop.user_id, dataset.id)
    return made if made.state == "rejected" else profiled(shop, made)


def test_a_dataset_a_file_and_lines_become_one_table(shop: Shop) -> None:  # noqa: F811
    base = upload(shop, SALES)
    blobs = shop.service.ports.blobs
    part = f"{parts_prefix(shop.user_id, 'made')}1"
    blobs.write(part, [b"city,id,price\nParis,2,7.25\nParis,4,8.25\n"])
    lines = f"{shop.user_id}/segments/1"
    blobs.write(lines, [gzip.compress(b'{"id": 5, "price": 3.5, "city": "Bern"}\n')])
    dataset = put_together(
        shop, {"dataset_id": base.id}, {"blob": part, "format": "auto"}, {"segments": [lines]}, key_columns=["id"],
        dataset_id="made", origin={"kind": "source", "source": "s"},
    )  # fmt: skip
    assert dataset.state == "ready", dataset.error
    rows = shop.table(dataset)
    assert [(row["id"], row["city"]) for row in rows] == [
        ("1", "Rome"), ("3", "Rome"), ("2", "Paris"), ("4", "Paris"), ("5", "Bern"),
    ]  # fmt: skip
    origin = dataset.origin or {}
    assert (origin["source"], origin["table_rows"], origin["part_rows"], origin["replaced_rows"]) == (
        "s", 5, [3, 2, 1], 1,
    )  # fmt: skip
    assert blobs.stat(part) is None, "it was there for this dataset alone"
    assert blobs.stat(lines) is not None, "segments are somebody else's"


def test_the_users_corrections_of_the_dataset_before_hold(shop: Shop) -> None:  # noqa: F811
    base = upload(shop, SALES)
    shop.service.datasets.update(shop.user_id, base.id, {"types": {"id": "category"}})
    shop.work(TaskRef("profile", shop.user_id, f"{base.id}-r2"))
    dataset = put_together(shop, {"dataset_id": base.id}, {"dataset_id": base.id})
    assert dataset.types["id"] == "category"
    assert (dataset.profile or {})["rows"] == 6


def test_labelled_requests_are_put_under_a_dataset(shop: Shop) -> None:  # noqa: F811
    base = upload(shop, b"age,zip,bought\n31,007,yes\n45,008,no\n")
    ids = shop.ask({"age": 50, "zip": "009"}, {"age": 60, "zip": "001"})
    shop.say((ids[0], "yes"))
    span = {"from": "1970-01-01T00:00:00.000Z", "to": rfc3339(datetime.now(UTC) + timedelta(hours=1))}
    dataset = put_together(shop, {"dataset_id": base.id}, {"requests": {"endpoint": "shop", **span, "labelled": True}})
    assert dataset.state == "ready", dataset.error
    rows = shop.table(dataset)
    assert [(row["age"], row["zip"], row["bought"]) for row in rows] == [
        ("31", "007", "yes"), ("45", "008", "no"), ("50", "009", "yes"),
    ]  # fmt: skip


def test_a_key_that_is_no_column_rejects_the_dataset_and_says_which_there_are(shop: Shop) -> None:  # noqa: F811
    dataset = put_together(shop, {"dataset_id": upload(shop, SALES).id}, key_columns=["number"])
    assert dataset.state == "rejected"
    assert (dataset.error or {})["reason"] == "KEY_COLUMN_MISSING"
    assert "'city'" in (dataset.error or {})["hint"]


def test_columns_that_differ_are_labels_and_told(shop: Shop) -> None:  # noqa: F811
    first = upload(shop, b"a,b\n" + b"".join(b"%d,x\n" % number for number in range(30)))
    second = upload(shop, b"a,b\n" + b"".join(b"word%d,x\n" % (number % 3) for number in range(30)))
    dataset = put_together(shop, {"dataset_id": first.id}, {"dataset_id": second.id})
    assert dataset.types == {"a": "category"}
    assert any("numbers in Part 1 and words in Part 2" in warning for warning in dataset.warnings)


def test_a_source_of_requests_is_gathered_and_needs_no_fetcher(shop: Shop) -> None:  # noqa: F811
    ids = shop.ask({"age": 1}, {"age": 2})
    shop.say((ids[0], "yes"), (ids[1], "no"))
    sources = shop.service.sources
    source = sources.create(shop.user_id, {"name": "own", "kind": "endpoint", "endpoint": "shop", "window": "1d"})
    fetch = sources.request_fetch(shop.user_id, source.id, {"kind": "manual"})
    assert sources.begin(fetch.ref) is None, "there is nothing to go out for"
    done = sources.fetch_of(shop.user_id, source.id, 1)
    assert done is not None
    assert done.state == "ready"
    dataset = shop.service.datasets.get(shop.user_id, done.dataset_id or "")
    assert (dataset.origin or {})["source"] == source.id
    shop.work(TaskRef("gather", shop.user_id, dataset.id))
    assert sorted(row["age"] for row in shop.table(profiled(shop, dataset))) == ["1", "2"]
