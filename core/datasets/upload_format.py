"""The format of an upload, by its first MiB and, of a ZIP file, by its directory. Nothing else of it is parsed here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import BinaryIO, cast

from core.datasets.csv_head import csv_errors_as_invalid, sniff_head
from core.datasets.states import UPLOADED
from core.domain.ids import now
from core.domain.records import Dataset
from core.ports import BlobInfo, Blobs
from core.storage.blob_file import BlobFile
from csvfile.dialect import DialectOptions
from csvfile.formats import CSV, ZIP, check_options, detect_format
from csvfile.sniffer import SniffResult
from csvfile.zip_directory import inspect_zip

MAX_DIRECTORY_BYTES = 4 << 20
"""Maximum bytes of a ZIP file's directory: it names some 50,000 files."""


@dataclass(frozen=True)
class UploadFormat:
    """What an upload is, and what its user says of it.

    Attributes:
        name: see `csvfile.formats`.
        options: of the dialect, given by the user.
        sheet: of the workbook, wanted by the user.
        sniffed: of a CSV: how it is written.
    """

    name: str
    options: DialectOptions
    sheet: str | None = None
    sniffed: SniffResult | None = None


def inspect_head(head: bytes, *, max_columns: int, options: DialectOptions, sheet: str | None) -> UploadFormat:
    """Return the format by the first MiB.

    Raises:
        Invalid: what `sniff_head` raises; NO_SHEETS or NOT_A_TEXT_FILE if the options or the sheet do not suit it.
    """
    name = detect_format(head) or CSV
    with csv_errors_as_invalid():
        check_options(name, sheet, options)
    sniffed = sniff_head(head, max_columns=max_columns, given=options) if name == CSV else None
    return UploadFormat(name, options, sheet, sniffed)


def inspect_directory(blobs: Blobs, info: BlobInfo, format: UploadFormat) -> UploadFormat:
    """Return the format of an upload that is stored: a ZIP file may be a workbook.

    Raises:
        Invalid: FILE_UNREADABLE, FILE_ENCRYPTED, NO_TABLE, SEVERAL_TABLES, and what `inspect_head` raises.
    """
    if format.name != ZIP:
        return format
    with csv_errors_as_invalid():
        name, _ = inspect_zip(cast(BinaryIO, BlobFile(blobs, info, MAX_DIRECTORY_BYTES)))
        check_options(name, format.sheet, format.options)
    return UploadFormat(name, format.options, format.sheet)


def content_of(info: BlobInfo, name: str, format: UploadFormat) -> str:
    """Return what two uploads under one key must have in common."""
    said = f" {sorted(format.options.items())}" if format.options else ""
    return f"{info.sha256} {name}{said}" + (f" {format.sheet!r}" if format.sheet else "")


def new_dataset(id: str, user_id: str, name: str, info: BlobInfo, format: UploadFormat) -> Dataset:
    """Return a new dataset; of a file that is no CSV, how it is written is known once it is converted."""
    dataset = Dataset(
        id, user_id, name, UPLOADED, info.name, info.size_bytes, info.sha256, now(),
        options=dict(format.options), source_format=format.name, sheet=format.sheet,
    )  # fmt: skip
    if sniffed := format.sniffed:
        return replace(dataset, dialect=sniffed.dialect, header=sniffed.header, warnings=sniffed.warnings)
    original = {"blob": info.name, "size_bytes": info.size_bytes, "sha256": info.sha256, "format": format.name}
    return replace(dataset, original=original)
