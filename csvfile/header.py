"""Whether the first row of a CSV names its columns."""

from __future__ import annotations

import re
from collections.abc import Sequence

from csvfile.table_bounds import NUMBER

_INTEGER = re.compile(r"\s*\+?\d+\s*")


def is_second_header(sample: Sequence[Sequence[str]]) -> bool:
    """Return whether the first row is text above every column of numbers, and there are some."""
    if len(sample) < 4:
        return False
    first, *rows = sample
    columns = [[row[i] for row in rows if i < len(row) and row[i]] for i in range(len(first))]
    above = [name for name, cells in zip(first, columns, strict=True) if cells and all(map(NUMBER.fullmatch, cells))]
    return bool(above) and all(name.strip() and not NUMBER.fullmatch(name) for name in above)


def has_header(first: Sequence[str], sample: Sequence[Sequence[str]], warnings: list[str]) -> bool:
    """Return whether the first row names the columns: yes, unless it is clearly data.

    Clearly data: nowhere text above numbers, and a number that no reader would take for a name (with decimals, or
    negative), or numbers beside text that stands in the same column below.
    """
    columns = [[row[i] for row in sample if i < len(row) and row[i]] for i in range(len(first))]
    numeric = [bool(cells) and all(map(NUMBER.fullmatch, cells)) for cells in columns]
    if any(is_number and not NUMBER.fullmatch(name) for name, is_number in zip(first, numeric, strict=True)):
        return True
    numbers = [name for name, is_number in zip(first, numeric, strict=True) if is_number]
    fraction = any(not _INTEGER.fullmatch(name) for name in numbers)
    repeated = any(name in cells for name, cells, n in zip(first, columns, numeric, strict=True) if name and not n)
    if numbers and (fraction or repeated):
        warnings.append(
            "The first row looks like data, so the columns are named c0, c1, … If it is the header, set that."
        )
        return False
    if len(numbers) == len(first):
        warnings.append("The first row has only numbers; it was read as the header. If it is data, set that.")
    return True
