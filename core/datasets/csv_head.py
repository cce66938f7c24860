"""Parsing of the first MiB of an uploaded CSV, with errors translated to the service's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from core.domain.records import Json
from core.errors import Invalid
from csvfile import sniffer
from csvfile.dialect import Dialect
from csvfile.encoding import HEAD_BYTES
from csvfile.errors import CsvError
from csvfile.sniffer import SniffResult


def sniff_head(head: bytes, *, max_columns: int, dialect: Dialect | None = None) -> SniffResult:
    """Detect the dialect and columns from the first MiB. Raises Invalid for what `csvfile.sniffer.sniff` raises."""
    with _as_invalid():
        return sniffer.sniff(head, complete=_is_complete(head), max_columns=max_columns, dialect=dialect)


def preview_head(head: bytes, dialect: Dialect, count: int) -> Json:
    """Return {columns, rows}: the first rows as strings, as far as the first MiB goes."""
    with _as_invalid():
        return sniffer.preview(head, dialect, count, complete=_is_complete(head))


def _is_complete(head: bytes) -> bool:
    return len(head) < HEAD_BYTES


@contextmanager
def _as_invalid() -> Iterator[None]:
    try:
        yield
    except CsvError as error:
        raise Invalid(error.reason, str(error), error.places) from error
