"""Unpacking: bytes that come out are counted, whatever the archive says of its size."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from automl.errors import DataError
from automl.io.formats.errors import encrypted, too_large, unreadable
from csvfile.formats import GZIP, ZIP, detect_format
from csvfile.zip_directory import inspect_zip, read_directory

CHUNK_BYTES = 1 << 20
HEAD_BYTES = 1 << 20


def unpack(path: Path, format: str, target: Path, max_bytes: int) -> str | None:
    """Write the one table of an archive to a file of this name: no name in the archive is ever used.

    Returns:
        The format of what was unpacked, None for what may be a CSV.

    Raises:
        DataError: FILE_UNREADABLE, FILE_ENCRYPTED, FILE_TOO_LARGE, ARCHIVE_IN_ARCHIVE, NO_TABLE, SEVERAL_TABLES.
    """
    with open(path, "rb") as packed, open(target, "wb") as sink, _readable("an archive"):
        if format == GZIP:
            _copy(gzip.GzipFile(fileobj=packed), sink, max_bytes)
        else:
            _, member = inspect_zip(packed)
            assert member is not None
            with zipfile.ZipFile(packed) as archive, archive.open(member) as stream:
                _copy(stream, sink, max_bytes)
    inner = true_format(target)
    if inner in (ZIP, GZIP):
        detail = "The archive holds another archive."
        raise DataError("ARCHIVE_IN_ARCHIVE", detail, "Unpack it, and send what is inside, packed once or not at all.")
    return inner


def true_format(path: Path) -> str | None:
    """Return the format of a file, as `csvfile.formats.detect_format` does; of a ZIP file by its directory."""
    with open(path, "rb") as file:
        found = detect_format(file.read(HEAD_BYTES))
        return inspect_zip(file)[0] if found == ZIP else found


def check_unpacked_size(path: Path, max_bytes: int) -> None:
    """Raise DataError FILE_TOO_LARGE if all members of a ZIP file are larger together, whatever its directory says."""
    left = max_bytes
    with open(path, "rb") as packed, _readable("a workbook"), zipfile.ZipFile(packed) as archive:
        for member in read_directory(packed):
            with archive.open(member) as stream:
                while chunk := stream.read(CHUNK_BYTES):
                    left -= len(chunk)
                    if left < 0:
                        raise too_large(max_bytes)


def _copy(stream: IO[bytes] | gzip.GzipFile, sink: IO[bytes], max_bytes: int) -> None:
    left = max_bytes
    while chunk := stream.read(CHUNK_BYTES):
        left -= len(chunk)
        if left < 0:
            raise too_large(max_bytes)
        sink.write(chunk)


@contextmanager
def _readable(what: str) -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError, NotImplementedError, ValueError) as problem:
        raise unreadable(what, problem) from None
    except RuntimeError as problem:  # zipfile's word for a member with a password.
        raise encrypted("archive") if "encrypted" in str(problem) else unreadable(what, problem) from None
