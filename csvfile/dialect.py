"""How a CSV is written, and which of its lines are its table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeAlias

from csvfile.errors import bad_delimiter

REFUSE, SKIP, REPORT = "refuse", "skip", "report"
BAD_ROWS = (REFUSE, SKIP, REPORT)
MAX_SKIPPED = 10_000
"""Maximum of lines above a table, and of rows below it, that may be left out."""


@dataclass(frozen=True)
class Dialect:
    """How a CSV is written, and which of its lines are its table.

    Attributes:
        delimiter: one ASCII character between fields.
        encoding: of the file; a byte order mark prevails.
        header: whether the first row names the columns; if not they are c0, c1, …
        skip_rows: number of lines above the table, which are left out.
        skip_footer: number of rows below the table, which are left out.
        skip_initial_space: whether blanks at the start of a field are no part of it.
        bad_rows: what becomes of rows that are no rows of the table (too long, or wrongly quoted): `refuse` the file,
            `skip` them, or skip and `report` each.
    """

    delimiter: str = ","
    encoding: str = "utf-8"
    header: bool = True
    skip_rows: int = 0
    skip_footer: int = 0
    skip_initial_space: bool = False
    bad_rows: str = REFUSE


DialectOptions: TypeAlias = Mapping[str, Any]
"""What a user says of a dialect, by the names of its fields; the rest is guessed."""

OPTIONS = tuple(field.name for field in fields(Dialect))


def options_in(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of the values that are options of a dialect; None says nothing."""
    return {name: values[name] for name in OPTIONS if values.get(name) is not None}


def valid_delimiter(delimiter: str) -> str:
    """Return the delimiter. Raises CsvError BAD_DELIMITER."""
    if len(delimiter) != 1 or not delimiter.isascii() or delimiter in '"\r\n\0':
        raise bad_delimiter(delimiter)
    return delimiter
