"""Sources that are appended: each fetch is a part, put under what is there; and go on where they ended."""

from __future__ import annotations

import pytest

from core.datasets.datasets import profile_ref
from core.domain.records import TaskRef
from core.errors import Conflict
from core.ports import BlobInfo
from core.sources.assemblies import ASSEMBLE, AssembledTable, is_awaited
from core.storage import rows
from tests.unit.core.conftest import CSV
from tests.unit.core.sources.conftest import MORE, Fetcher

HEADER = ["age", "city", "bought"]


def put_together(fetcher: Fetcher, *, rejected: dict[str, str] | None = None) -> None:
    """Do what a worker does with the parts, and profile what comes of it."""
    service = fetcher.service
    for message in fetcher.world.messages("profile"):
        claimed = service.claims.claim(message, "worker-1")
        if claimed is None:
            continue
        if claimed.ref.kind == ASSEMBLE:
            info = service.ports.blobs.write(f"{fetcher.user_id}/assembled/{claimed.ref.id}-1", [CSV])
            table = AssembledTable(HEADER, [], [], {"table_rows": 3})
            service.assemblies.record(claimed.ref, info, table, {"types": {}, "column_options": {}})
            service.work.succeed(claimed, {})
            service.settler.finalize(claimed.ref)
        else:
            service.work.requeue(claimed)
    fetcher.profile(rejected)


def assembly(fetcher: Fetcher, dataset_id: str | None) -> list[object]:
    found = fetcher.service.assemblies.find(TaskRef(ASSEMBLE, fetcher.user_id, dataset_id or ""))
    return [] if found is None else [part.get("dataset_id", "file") for part in found.parts]


def test_each_fetch_is_put_under_the_dataset_before(fetcher: Fetcher) -> None:
    source = fetcher.source(mode="append", key=["age"])
    first = fetcher.fetch(source, CSV)
    assert is_awaited(fetcher.dataset(first))
    assert assembly(fetcher, first.dataset_id) == ["file"]
    put_together(fetcher)
    assert fetcher.dataset(first).state == "ready"
    second = fetcher.fetch(source, MORE)
    assert assembly(fetcher, second.dataset_id) == [first.dataset_id, "file"]
    with pytest.raises(Conflict, match="DATASET_IN_USE"):
        fetcher.service.eraser.dataset(fetcher.user_id, first.dataset_id or "")
    put_together(fetcher)
    assert fetcher.dataset(second).state == "ready"
    assert assembly(fetcher, second.dataset_id) == []
    tables = fetcher.service.ports.tables
    for left in ("intent#", "assembly#", "datasetwork#"):
        assert not tables.scan(left, 10), left
    assert not list(fetcher.service.ports.blobs.names(f"{fetcher.user_id}/parts/"))
    fetcher.service.eraser.dataset(fetcher.user_id, first.dataset_id or "")


def test_nothing_is_put_together_before_its_parts_are_read(fetcher: Fetcher) -> None:
    source = fetcher.source(mode="append")
    first = fetcher.fetch(source, CSV)
    second = fetcher.fetch(source, MORE)
    task = TaskRef(ASSEMBLE, fetcher.user_id, second.dataset_id or "")
    assert not fetcher.service.kinds[ASSEMBLE].is_ready(task)
    put_together(fetcher)
    assert fetcher.dataset(first).state == "ready"
    assert fetcher.service.kinds[ASSEMBLE].is_ready(task)
    put_together(fetcher)
    assert fetcher.dataset(second).state == "ready", "the first one's profile has told the workers"


def test_a_cursor_goes_on_where_the_data_that_are_there_end(fetcher: Fetcher) -> None:
    source = fetcher.sources.create(
        fetcher.user_id, {"name": "sales", "kind": "sql", "url": "postgresql://db.example.org/shop",
                          "query": "SELECT * FROM sales WHERE age > :cursor", "cursor": {"column": "age"}},
    )  # fmt: skip
    assert source.mode == "append"
    fetcher.ask(source)
    assert fetcher.do(CSV, cursor=45).cursor is None
    put_together(fetcher)
    fetcher.ask(source)
    assert fetcher.do(b"age,city,bought\n", cursor=45, rows=0).cursor == 45, "no further rows: nothing has changed"
    third = fetcher.ask(source)
    assert fetcher.do(MORE, cursor=51).cursor == 45
    put_together(fetcher, rejected={"reason": "RAGGED_ROWS", "detail": "Rows differ."})
    states = [each.state for each in fetcher.sources.fetches.page(fetcher.user_id, source.id, 10).items]
    assert states == ["ready", "unchanged", "ready"]
    fetcher.ask(source)
    plan = fetcher.do(MORE, cursor=51)
    assert (plan.cursor, plan.base_dataset_id != fetcher.now(third).dataset_id) == (45, True), "those rows come again"


def test_parts_go_with_a_dataset_that_is_deleted_before_it_was_made(fetcher: Fetcher) -> None:
    fetch = fetcher.fetch(fetcher.source(mode="append"), CSV)
    fetcher.service.eraser.dataset(fetcher.user_id, fetch.dataset_id or "")
    assert not list(fetcher.service.ports.blobs.names(f"{fetcher.user_id}/parts/"))
    tables = fetcher.service.ports.tables
    for left in ("assembly#", "control#assemble#", "stored_bytes#"):
        assert not tables.scan(left, 10), left


def test_parts_that_cannot_be_put_together_reject_the_dataset(fetcher: Fetcher) -> None:
    fetch = fetcher.fetch(fetcher.source(mode="append"), CSV)
    claimed = fetcher.world.claim("profile")
    assert claimed is not None
    fetcher.service.work.fail(claimed, {"reason": "KEY_COLUMN_MISSING", "detail": "There is no such column."})
    fetcher.service.settler.finalize(claimed.ref)
    dataset = fetcher.dataset(fetch)
    assert (dataset.state, (dataset.error or {})["reason"]) == ("rejected", "KEY_COLUMN_MISSING")
    assert not fetcher.service.ports.tables.scan("assembly#", 10)


def test_the_same_request_is_one_dataset(fetcher: Fetcher) -> None:
    first = fetcher.fetch(fetcher.source())
    fetcher.profile()
    parts = [{"dataset_id": first.dataset_id}]
    made = [
        fetcher.service.assemblies.create(fetcher.user_id, "both", parts, idempotency_key="run") for _ in range(2)
    ]  # fmt: skip
    assert made[0].id == made[1].id
    with pytest.raises(Conflict, match="IDEMPOTENCY_KEY_REUSED"):
        fetcher.service.assemblies.create(fetcher.user_id, "both", parts * 2, idempotency_key="run")
    ref = TaskRef(ASSEMBLE, fetcher.user_id, made[0].id)
    info = BlobInfo(f"{fetcher.user_id}/assembled/x", 5, rows.digest("x"))
    stands = fetcher.service.assemblies.record(
        ref, info, AssembledTable(HEADER, [1], ["A warning."], {}), {"types": {"age": "number"}, "column_options": {}}
    )  # fmt: skip
    assert stands is not None
    assert (stands.is_converted, stands.header, stands.types) == (True, HEADER, {"age": "number"})
    assert fetcher.service.kinds[ASSEMBLE].exists(ref) is False
    assert profile_ref(stands).id == f"{stands.id}-r1"
