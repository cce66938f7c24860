"""The rows of a CSV with the lines they stand on, by Python's own `csv`."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator

from csvfile.errors import CsvError, row_error

MAX_FIELD_CHARACTERS = 1 << 20

# The module's limit is one for the whole process, and smaller than what is read here: it is only ever raised.
csv.field_size_limit(max(csv.field_size_limit(), MAX_FIELD_CHARACTERS))


def iterate_rows(
    lines: Iterable[str],
    delimiter: str,
    *,
    first_line: int = 1,
    explain: Callable[[int, int, str], CsvError] = row_error,
) -> Iterator[tuple[int, int, list[str]]]:
    """Yield (the line it begins on, the line after its end, its fields) of each row that is not blank.

    Args:
        lines: with their ends.
        delimiter: one character that stands between fields.
        first_line: number of the first of them.
        explain: (line the row begins on, line of the trouble, what `csv` says) -> the error to raise.

    Raises:
        CsvError: BAD_QUOTE, UNCLOSED_QUOTE, FIELD_TOO_LARGE, or what `explain` makes of them.
    """
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        begin = first_line + reader.line_num
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as problem:
            raise explain(begin, first_line + reader.line_num - 1, str(problem)) from None
        if fields:
            yield begin, first_line + reader.line_num, fields
