"""The directory of a ZIP file: which tables it holds, without unpacking any."""

from __future__ import annotations

import struct
import zipfile
from pathlib import PurePosixPath
from typing import BinaryIO

from csvfile.errors import CsvError
from csvfile.formats import SUFFIXES, ZIP, format_of_zip

TABLE_SUFFIXES = frozenset(SUFFIXES.values()) - {".zip", ".gz"} | {".tsv", ".tab", ".txt", ".ndjson", ".xlsm", ".json"}
MAX_NAMED = 10


def read_directory(file: BinaryIO) -> list[zipfile.ZipInfo]:
    """Return the members of a ZIP file. Raises CsvError FILE_UNREADABLE."""
    try:
        with zipfile.ZipFile(file) as archive:
            return [member for member in archive.infolist() if not member.is_dir()]
    except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error, OverflowError) as problem:
        raise CsvError(
            "FILE_UNREADABLE",
            f"The ZIP file is damaged or cut short: {problem}.",
            "Pack or save it again, and send it.",
        ) from None


def inspect_zip(file: BinaryIO) -> tuple[str, zipfile.ZipInfo | None]:
    """Return the format of a ZIP file, and of a mere archive its only table.

    Raises:
        CsvError: FILE_UNREADABLE, FILE_ENCRYPTED, NO_TABLE, SEVERAL_TABLES.
    """
    members = read_directory(file)
    names = {member.filename for member in members}
    format = format_of_zip(names)
    if format != ZIP:
        return format, None
    if "[Content_Types].xml" in names:
        raise CsvError(
            "NOT_A_CSV", "The file is an Office document, but no workbook.", "Save the table as CSV or xlsx."
        )
    return ZIP, _only_table([member for member in members if not _is_hidden(member.filename)])


def _only_table(members: list[zipfile.ZipInfo]) -> zipfile.ZipInfo:
    tables = [member for member in members if _suffix(member.filename) in TABLE_SUFFIXES]
    if not tables and len(members) == 1:
        tables = members
    if not tables:
        raise CsvError(
            "NO_TABLE", f"The ZIP file holds no table{_listing(members)}.", "Pack one CSV, xlsx or the like."
        )
    if len(tables) > 1:
        detail = f"The ZIP file holds {len(tables):,} tables{_listing(tables)}."
        raise CsvError(
            "SEVERAL_TABLES", detail, "Upload each on its own.",
            places=[{"field": member.filename[:200], "detail": "a table"} for member in tables[:MAX_NAMED]],
        )  # fmt: skip
    if tables[0].flag_bits & 1:
        raise CsvError("FILE_ENCRYPTED", "The ZIP file is encrypted.", "Pack it again without a password.")
    return tables[0]


def _suffix(name: str) -> str:
    path = PurePosixPath(name.lower())
    return PurePosixPath(path.stem).suffix if path.suffix == ".gz" else path.suffix


def _is_hidden(name: str) -> bool:
    """Return whether the member is of a file system's making, as those of macOS are."""
    return any(part.startswith((".", "__MACOSX")) and part.strip(".") for part in name.split("/"))


def _listing(members: list[zipfile.ZipInfo]) -> str:
    names = ", ".join(repr(member.filename[:80]) for member in members[:MAX_NAMED])
    more = f" and {len(members) - MAX_NAMED:,} more" if len(members) > MAX_NAMED else ""
    return f": {names}{more}" if names else ""
