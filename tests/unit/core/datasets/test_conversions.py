"""CSVs that are made of uploads: which one counts, what it counts for, and what becomes of those that do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.datasets.conversions import ConvertedTable
from core.datasets.datasets import profile_ref
from core.errors import Conflict, Invalid, Unavailable
from core.limits.storage_quota import stored_bytes
from core.ports import BlobInfo
from core.storage import blob_intents, rows
from csvfile.dialect import Dialect

if TYPE_CHECKING:
    from core.domain.records import Dataset
    from tests.unit.core.conftest import World

WORKBOOK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(92)
TABLE = ConvertedTable("xls", Dialect(), {"delimiter": ","}, ["age", "bought"], [], "A", ["A", "B"], [0])
CSV = b"age,bought\n31,yes\n45,no\n"


def upload(world: World, sheet: str | None = None) -> Dataset:
    return world.service.datasets.create(world.user.id, "book.xls", iter([WORKBOOK]), sheet=sheet)


def convert(world: World, dataset: Dataset, epoch: int = 1) -> Dataset | None:
    """As a worker does it: announce, write, count, name."""
    name = f"{world.user.id}/converted/{dataset.id}-r{dataset.revision}-{epoch}"
    tables, datasets = world.service.ports.tables, world.service.datasets
    intent = blob_intents.record(tables, name, rows.key("dataset", world.user.id, dataset.id))
    info = world.service.ports.blobs.write(name, iter([CSV]))
    datasets.conversions.reserve(dataset, len(CSV))
    made = datasets.conversions.record(profile_ref(dataset), info, TABLE)
    if made is not None and made.blob == name:
        blob_intents.confirm(tables, intent)
    return made


def sweep_orphans(world: World) -> None:
    world.service.settings.values["orphan_age_s"] = 0
    world.sweep()
    world.sweep(after_s=120)


def test_the_first_of_two_workers_wins_and_the_blob_of_the_other_goes(world: World) -> None:
    dataset = upload(world)
    first, second = convert(world, dataset, 1), convert(world, dataset, 2)
    assert first is not None
    assert second == first
    sweep_orphans(world)
    assert set(world.service.ports.blobs.names(f"{world.user.id}/")) == {dataset.blob, first.blob}


def test_a_conversion_of_what_was_corrected_or_deleted_meanwhile_counts_for_nothing(world: World) -> None:
    dataset = upload(world)
    world.service.datasets.update(world.user.id, dataset.id, {"sheet": "B"})
    assert convert(world, dataset) is None
    world.service.eraser.dataset(world.user.id, dataset.id)
    assert convert(world, dataset, 2) is None
    sweep_orphans(world)
    assert not list(world.service.ports.blobs.names(f"{world.user.id}/"))
    assert stored_bytes(world.service.ports.tables, world.user.id) == (0, 0)


def test_original_and_csv_count_together_and_another_sheet_begins_anew(world: World) -> None:
    dataset = upload(world)
    tables = world.service.ports.tables
    assert stored_bytes(tables, world.user.id) == (1, len(WORKBOOK))
    made = convert(world, dataset)
    assert made is not None
    assert stored_bytes(tables, world.user.id) == (1, len(WORKBOOK) + len(CSV))
    changed = world.service.datasets.update(world.user.id, dataset.id, {"sheet": "B"})
    assert (changed.blob, changed.header, changed.is_converted) == (dataset.blob, [], False)
    assert stored_bytes(tables, world.user.id) == (1, len(WORKBOOK))
    sweep_orphans(world)
    assert list(world.service.ports.blobs.names(f"{world.user.id}/")) == [dataset.blob]


def test_a_new_name_leaves_a_conversion_under_way_alone(world: World) -> None:
    dataset = upload(world)
    world.service.datasets.conversions.reserve(dataset, len(CSV))
    world.service.datasets.update(world.user.id, dataset.id, {"name": "other"})
    assert stored_bytes(world.service.ports.tables, world.user.id) == (1, len(WORKBOOK) + len(CSV))
    made = convert(world, dataset)
    assert made is not None
    assert made.name == "other"


def test_a_csv_beyond_the_quota_is_refused_and_the_original_still_counts(world: World) -> None:
    dataset = upload(world)
    world.service.settings.values["max_stored_bytes"] = len(WORKBOOK) + len(CSV) - 1
    with pytest.raises(Conflict) as raised:
        world.service.datasets.conversions.reserve(dataset, len(CSV))
    assert raised.value.reason == "QUOTA_EXCEEDED"
    assert stored_bytes(world.service.ports.tables, world.user.id) == (1, len(WORKBOOK))


def test_a_rejected_file_counts_with_its_original_alone(world: World) -> None:
    dataset = upload(world)
    world.service.datasets.conversions.reserve(dataset, 1000)
    error = {"reason": "FILE_UNREADABLE", "detail": "It is damaged.", "hint": ""}
    world.service.datasets.record_profile(profile_ref(dataset), None, error)
    assert stored_bytes(world.service.ports.tables, world.user.id) == (1, len(WORKBOOK))


def test_as_long_as_there_is_no_csv_nothing_reads_it(world: World) -> None:
    dataset = upload(world)
    for read in (world.service.datasets.files.csv, lambda each: world.service.datasets.files.preview(each, 1)):
        with pytest.raises(Conflict) as raised:
            read(dataset)
        assert raised.value.reason == "NOT_CONVERTED"
    with pytest.raises(Unavailable):
        world.service.checks.run(world.user.id, dataset.id, "bought", wait_s=0)
    assert world.service.datasets.files.original(dataset) == (
        BlobInfo(dataset.blob, len(WORKBOOK), dataset.sha256),
        "xls",
    )


def test_sheets_and_options_are_checked_against_what_is_known(world: World) -> None:
    dataset = upload(world, sheet="A")
    assert dataset.sheet == "A"
    with pytest.raises(Conflict, match="no CSV"):
        world.service.datasets.update(world.user.id, dataset.id, {"types": {"age": "number"}})
    convert(world, dataset)
    for changes, reason in (({"sheet": "C"}, "SHEET_NOT_FOUND"), ({"delimiter": ";"}, "NOT_A_TEXT_FILE")):
        with pytest.raises(Invalid) as raised:
            world.service.datasets.update(world.user.id, dataset.id, changes)
        assert raised.value.reason == reason
    csv = world.upload()
    with pytest.raises(Invalid) as raised:
        world.service.datasets.update(world.user.id, csv.id, {"sheet": "A"})
    assert raised.value.reason == "NO_SHEETS"


def test_codes_keep_their_type_until_the_user_sets_another(world: World) -> None:
    dataset = upload(world)
    convert(world, dataset)
    columns = [{"name": "age"}, {"name": "bought"}]
    world.service.datasets.record_profile(
        profile_ref(dataset), {"rows": 2, "columns": columns, "warnings": []}, None, code_types={"age": "category"}
    )
    ready = world.service.datasets.get(world.user.id, dataset.id)
    assert (ready.types, ready.column_types) == ({}, {"age": "category"})
    changed = world.service.datasets.update(world.user.id, dataset.id, {"types": {"age": "number"}})
    assert changed.column_types["age"] == "number"
