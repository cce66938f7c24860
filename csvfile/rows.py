"""The rows of a CSV with the lines they stand on, by Python's own `csv`."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from csvfile.bad_rows import BadRows
from csvfile.dialect import REFUSE, Dialect
from csvfile.errors import CsvError, row_error, row_too_long

MAX_FIELD_CHARACTERS = 1 << 20
MAX_REPLAYED_CHARACTERS = 64 << 20
"""Text that is read again, in all, because a bad row had taken it along; a file that needs more is refused."""

Row = tuple[int, int, list[str]]
"""(the line it begins on, the line after its end, its fields)"""

# The module's limit is one for the whole process, and smaller than what is read here: it is only ever raised.
csv.field_size_limit(max(csv.field_size_limit(), MAX_FIELD_CHARACTERS))


def iterate_rows(
    lines: Iterable[str],
    dialect: Dialect,
    *,
    first_line: int = 1,
    width: int | None = None,
    explain: Callable[[int, int, str], CsvError] = row_error,
    bad_rows: BadRows | None = None,
) -> Iterator[Row]:
    """Yield the rows of the table, its header first.

    A blank line is no row, but for a table of one column: there it is a row whose cell is empty.

    Args:
        lines: with their ends.
        dialect: how they are written.
        first_line: number of the first of them.
        width: number of columns if the lines begin below the header; None where they are the file from its beginning.
        explain: (line the row begins on, line of the trouble, what `csv` says) -> the error to raise.
        bad_rows: takes the rows that cannot be parsed; by default as the dialect says.

    Raises:
        CsvError: BAD_QUOTE, UNCLOSED_QUOTE, FIELD_TOO_LARGE, or what `explain` makes of them.
    """
    if width is None and dialect.skip_rows:
        lines, first_line = islice(lines, dialect.skip_rows, None), first_line + dialect.skip_rows
    bad_rows = bad_rows or BadRows(dialect.bad_rows)
    if bad_rows.policy == REFUSE:
        rows = _parse(lines, dialect, first_line, explain)
    else:
        rows = _parse_around(lines, dialect, first_line, bad_rows)
    return _without_last(_without_blanks(rows, dialect, width), dialect.skip_footer)


def fit_rows(rows: Iterable[Row], width: int, bad_rows: BadRows) -> Iterator[tuple[int, list[str]]]:
    """Yield (line, fields) of each row, short ones filled up; longer ones are bad."""
    for line, fields in without_long_rows(rows, width, bad_rows):
        yield line, fields + [""] * (width - len(fields))


def without_long_rows(rows: Iterable[Row], width: int, bad_rows: BadRows) -> Iterator[tuple[int, list[str]]]:
    """Yield (line, fields) of each row, short ones as they are; longer ones are bad."""
    for line, _, fields in rows:
        if len(fields) > width:
            bad_rows.add(row_too_long(line, len(fields), width))
        else:
            yield line, fields


def open_reader(lines: Iterable[str], dialect: Dialect, *, strict: bool = True) -> Any:
    """Return the reader of Python's `csv` for lines that are so written."""
    return csv.reader(lines, delimiter=dialect.delimiter, skipinitialspace=dialect.skip_initial_space, strict=strict)


def _parse(
    lines: Iterable[str], dialect: Dialect, first_line: int, explain: Callable[[int, int, str], CsvError]
) -> Iterator[Row]:
    reader = open_reader(lines, dialect)
    while True:
        begin = first_line + reader.line_num
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as problem:
            raise explain(begin, first_line + reader.line_num - 1, str(problem)) from None
        yield begin, first_line + reader.line_num, fields


def _parse_around(lines: Iterable[str], dialect: Dialect, line: int, bad_rows: BadRows) -> Iterator[Row]:
    """Parse the rows but for those that cannot be.

    Of a bad row only its first line is left out: a quote that should not be there takes along lines that are sound.
    """
    source = _Replay(lines)
    reader = open_reader(source, dialect)
    while True:
        source.taken.clear()
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as problem:
            error = row_error(line, line + len(source.taken) - 1, str(problem))
            bad_rows.add(error)
            if not source.take_back():
                raise error from None
            line += 1
            continue
        after = line + len(source.taken)
        yield line, after, fields
        line = after


class _Replay:
    """Lines of which those of the last row can be read again."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.taken: list[str] = []
        self._lines = iter(lines)
        self._again: deque[str] = deque()
        self._left = MAX_REPLAYED_CHARACTERS

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._lines)
        self.taken.append(line)
        return line

    def take_back(self) -> bool:
        """Take back all lines of the row but the first; False if that has been done too often."""
        self._left -= sum(map(len, self.taken))
        self._again.extendleft(reversed(self.taken[1:]))
        return self._left > 0


def _without_blanks(rows: Iterator[Row], dialect: Dialect, width: int | None) -> Iterator[Row]:
    n_above, first = 0, 0
    for begin, after, fields in rows:
        if fields:
            if width is None:
                width = len(fields)
                if width == 1 and not dialect.header:
                    yield from ((first + i, first + i + 1, [""]) for i in range(n_above))
            yield begin, after, fields
        elif width == 1:
            yield begin, after, [""]
        elif width is None:
            n_above, first = n_above + 1, first or begin


def _without_last(rows: Iterator[Row], count: int) -> Iterator[Row]:
    if not count:
        return rows
    return _all_but_last(rows, count)


def _all_but_last(rows: Iterator[Row], count: int) -> Iterator[Row]:
    held: deque[Row] = deque(islice(rows, count))
    for row in rows:
        yield held.popleft()
        held.append(row)
