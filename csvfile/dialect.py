"""How a CSV is written."""

from __future__ import annotations

from dataclasses import dataclass

from csvfile.errors import bad_delimiter


@dataclass(frozen=True)
class Dialect:
    """How a CSV is written."""

    delimiter: str = ","
    encoding: str = "utf-8"
    header: bool = True


def valid_delimiter(delimiter: str) -> str:
    """Return the delimiter. Raises CsvError BAD_DELIMITER."""
    if len(delimiter) != 1 or not delimiter.isascii() or delimiter in '"\r\n\0':
        raise bad_delimiter(delimiter)
    return delimiter
