"""Parsing of the first MiB of an uploaded CSV, with errors translated to the service's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from core.domain.records import Json, Model
from core.errors import Invalid
from csvfile import sniffer
from csvfile.dialect import Dialect, DialectOptions
from csvfile.encoding import HEAD_BYTES
from csvfile.errors import CsvError
from csvfile.known_table import KnownTable, sniff_known
from csvfile.sniffer import SniffResult


def sniff_head(head: bytes, *, max_columns: int, given: DialectOptions | None = None) -> SniffResult:
    """Detect the dialect and columns from the first MiB. Raises Invalid for what `csvfile.sniffer.sniff` raises."""
    with csv_errors_as_invalid():
        return sniffer.sniff(head, complete=_is_complete(head), max_columns=max_columns, given=given)


def sniff_for_model(head: bytes, model: Model, *, max_columns: int, given: DialectOptions | None = None) -> SniffResult:
    """Detect them in a file that the model is to predict, which knows how its training file was written."""
    known = KnownTable.from_summary(model.summary)
    with csv_errors_as_invalid():
        return sniff_known(head, known, complete=_is_complete(head), max_columns=max_columns, given=given)


def preview_head(head: bytes, dialect: Dialect, count: int) -> Json:
    """Return {columns, rows}: the first rows as strings, as far as the first MiB goes."""
    with csv_errors_as_invalid():
        return sniffer.preview(head, dialect, count, complete=_is_complete(head))


def _is_complete(head: bytes) -> bool:
    return len(head) < HEAD_BYTES


@contextmanager
def csv_errors_as_invalid() -> Iterator[None]:
    """Raise Invalid where CsvError is raised inside."""
    try:
        yield
    except CsvError as error:
        raise Invalid(error.reason, str(error), error.places) from error
