"""Messages of tasks that put a dataset together of parts, both ways."""

from __future__ import annotations

from dataclasses import dataclass

from core.domain.records import Json


@dataclass(frozen=True)
class AssembleRequest:
    """A request to write the rows of files in the folder under one another, by the names of their columns.

    Attributes:
        parts: {file, name, dialect?, header?, digit_text?, sheet?} in order; `name` is for words. What has a dialect is
            a CSV of that; any other file is found out.
        key_columns: of rows with the same cells in these the last one counts; [] for all rows.
        max_bytes, max_rows, max_columns: of the table.
        threads: that may be used.
    """

    parts: list[Json]
    key_columns: list[str]
    max_bytes: int
    max_rows: int
    max_columns: int
    threads: int


@dataclass(frozen=True)
class AssembleResult:
    """The name of the CSV in the folder, of commas in UTF-8, and what is told of it.

    Attributes:
        digit_text: positions of columns that hold digits as text.
        mixed: columns that hold numbers or times in one part and words in another: they are labels.
        rows: of the table, and of each part.
        replaced: rows that a later one with the same key has replaced.
    """

    file: str
    header: list[str]
    digit_text: list[int]
    mixed: list[str]
    warnings: list[str]
    rows: int
    part_rows: list[int]
    replaced: int
