"""CSVs that workers make of uploads of other formats, stored beside them.

A conversion is the first step of a dataset's profile, and done once for each revision that asks for it: its CSV is
announced, written, and named by the dataset's row. What a worker wrote that lost its lease is named by no row, and is
deleted by the sweeper.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.datasets.csv_head import csv_errors_as_invalid
from core.datasets.states import UPLOADED
from core.domain.records import Dataset, Json, TaskRef
from core.errors import Conflict, Invalid, format_names
from core.limits.quotas import QuotaService
from core.limits.storage_quota import update_bytes
from core.ports import BlobInfo, Tables
from core.storage import rows
from csvfile.dialect import Dialect, options_in
from csvfile.formats import check_options


@dataclass(frozen=True)
class ConvertedTable:
    """What a conversion tells of its CSV: fields of the dataset's row."""

    source_format: str
    dialect: Dialect
    options: Json
    header: list[str]
    warnings: list[str]
    sheet: str | None
    sheets: list[str]
    digit_text: list[int]


class Conversions:
    """The conversions of uploads."""

    def __init__(self, tables: Tables, quotas: QuotaService) -> None:
        self.tables = tables
        self.quotas = quotas

    def reserve(self, dataset: Dataset, csv_bytes: int) -> None:
        """Count the CSV beside its original. Raises QUOTA_EXCEEDED, and then it does not count."""
        self._count(dataset, _original_bytes(dataset) + csv_bytes)

    def release(self, dataset: Dataset) -> None:
        """Count the original alone: no CSV was made of it, or it is to be made anew."""
        self._count(dataset, _original_bytes(dataset))

    def record(self, ref: TaskRef, blob: BlobInfo, table: ConvertedTable) -> Dataset | None:
        """Name the CSV in the dataset's row, unless another worker was quicker; return the dataset that stands.

        None if it was deleted or corrected meanwhile.
        """
        id, revision = ref.dataset_revision()
        key = rows.key("dataset", ref.user_id, id)

        def name(dataset: Dataset | None) -> Dataset | None:
            if dataset is None or dataset.state != UPLOADED or dataset.revision != revision or dataset.is_converted:
                return None
            return replace(dataset, blob=blob.name, size_bytes=blob.size_bytes, sha256=blob.sha256, **_fields_of(table))

        if written := rows.update(self.tables, key, Dataset, name):
            return written
        raw = self.tables.get(key)
        found = None if raw is None else rows.load(Dataset, raw)
        return found if found and found.revision == revision and found.is_converted else None

    def _count(self, dataset: Dataset, size_bytes: int) -> None:
        quotas = self.quotas.for_user_id(dataset.user_id)
        update_bytes(self.tables, dataset.user_id, dataset.id, size_bytes, quotas)


def not_converted() -> Conflict:
    """Make the error for an upload of which there is no CSV yet."""
    return Conflict("NOT_CONVERTED", "There is no CSV of this file yet: ask again once the dataset is ready.")


def to_convert_anew(dataset: Dataset, changes: Json) -> Dataset:
    """Return the dataset with another sheet, or another word of its user's on how the file is to be converted.

    Raises:
        Invalid: NO_SHEETS, SHEET_NOT_FOUND, NOT_A_TEXT_FILE.
        Conflict: NOT_CONVERTED if types are given for columns that are not known yet.
    """
    sheet, options = changes.get("sheet", dataset.sheet), options_in(changes)
    with csv_errors_as_invalid():
        check_options(dataset.source_format, changes.get("sheet"), options)
    if dataset.sheets and sheet not in dataset.sheets:
        detail = f"There is no sheet {sheet!r}: the sheets are {format_names(dataset.sheets)}."
        raise Invalid("SHEET_NOT_FOUND", detail, [{"field": "sheet", "detail": "no such sheet"}])
    if changes.get("types") or changes.get("columns"):
        raise not_converted()
    if dataset.is_converted:  # What was said of one sheet is not true of another.
        return replace(_unconverted(dataset), sheet=sheet, options=options, types={}, column_options={})
    return replace(dataset, sheet=sheet, options={**(dataset.options or {}), **options})


def _unconverted(dataset: Dataset) -> Dataset:
    original = dataset.original or {}
    return replace(
        dataset, blob=original["blob"], size_bytes=original["size_bytes"], sha256=original["sha256"],
        dialect=Dialect(), header=[], warnings=[], digit_text=[], code_types={},
    )  # fmt: skip


def _fields_of(table: ConvertedTable) -> Json:
    return dict(vars(table))


def _original_bytes(dataset: Dataset) -> int:
    return int((dataset.original or {}).get("size_bytes", dataset.size_bytes))
