"""Errors of CSV files as the engine's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from automl.errors import DataError, SpecError
from csvfile.errors import CsvError


@contextmanager
def csv_errors_as_data_errors() -> Iterator[None]:
    """Raise DataError where CsvError is raised inside, or SpecError where an option makes no sense."""
    try:
        yield
    except CsvError as error:
        kind = SpecError if error.reason in ("BAD_DELIMITER", "UNKNOWN_ENCODING") else DataError
        raise kind(error.reason, error.detail, error.hint, line=error.line) from None
