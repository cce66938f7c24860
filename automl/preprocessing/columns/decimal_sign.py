"""The decimal sign of a column: what its cells say, and what the rest of the table says where they say nothing.

`3,459` is three thousand or three and a half. A cell that reads under one sign only (`36,35`, `1.234,5`, `0,125`)
decides for its column and, where no column contradicts, for those that have no such cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from automl.parsing.numbers import MAX_CHARACTERS, parse_strictly

MIN_THREES = 10
"""Cells that must all have three digits behind their sign before that counts as grouping by thousands."""
MIN_THREES_DOT = 30
"""The same for the point, which programs write as decimal sign."""

_AMBIGUOUS = re.compile(r"[^0-9.,]*[1-9][0-9]{0,2}([.,])[0-9]{3}[^0-9.,]*")
_DIGITS = re.compile(r"[0-9]+")
_BODY = re.compile(r"[^0-9.,]*([0-9.,][0-9.,'’\s]*?)[^0-9.,]*\.?")
"""Pattern of a number with anything but a number before and behind it, as its unit."""


class SignCounts(NamedTuple):
    """Counts of a column's distinct cells: read with one sign only, with both, and without any."""

    dot: int = 0
    comma: int = 0
    either_dot: int = 0
    either_comma: int = 0
    small: int = 0
    large: int = 0
    example: str = ""

    @property
    def either(self) -> int:
        """Cells such as 12.034 and 3,459."""
        return self.either_dot + self.either_comma

    @property
    def is_ambiguous(self) -> bool:
        """Whether there are cells that read two ways, and none that decides."""
        return self.either > 0 and not self.dot and not self.comma


class DecimalSign(NamedTuple):
    """A decision: the sign, whether evidence made it, and whether the column's own cells disagree."""

    sign: str = "."
    is_sure: bool = True
    is_mixed: bool = False


def count_signs(values: Iterable[str]) -> SignCounts:
    """Count how the cells can be read; what is no number in any way is not counted."""
    dot = comma = either_dot = either_comma = small = large = 0
    example = ""
    for value in values:
        if "." not in value and "," not in value:
            found = _DIGITS.search(value)
            if found is not None and found[0] != "0":
                small += len(found[0]) <= 3
                large += len(found[0]) > 3
            continue
        shape = _AMBIGUOUS.fullmatch(value)
        if shape is not None:
            either_dot += shape[1] == "."
            either_comma += shape[1] == ","
            example = example or value.strip()
            continue
        as_dot, as_comma = _reads(value, "."), _reads(value, ",")
        dot += as_dot and not as_comma
        comma += as_comma and not as_dot
    return SignCounts(dot, comma, either_dot, either_comma, small, large, example)


def _reads(value: str, sign: str) -> bool:
    if sign == ".":
        try:
            float(value)
        except ValueError:
            pass
        else:
            return True
    body = _BODY.fullmatch(value) if len(value) <= MAX_CHARACTERS else None
    number = parse_strictly(body[1] if body else value, sign)
    return number == number


def decide_decimal_sign(
    counts: SignCounts, requested: str | None, table: str | None, delimiter: str | None
) -> DecimalSign:
    """Decide the sign of a column.

    Args:
        counts: of its cells.
        requested: by the user.
        table: what all other columns with evidence use; None where there is none, or they disagree.
        delimiter: the sign that the file's delimiter suggests; None where it suggests none.
    """
    if requested is not None:
        return DecimalSign(requested)
    if counts.dot or counts.comma:
        return DecimalSign("," if counts.comma > counts.dot else ".", True, bool(counts.dot and counts.comma))
    if not counts.either:
        return DecimalSign(".")
    if table is not None:
        return DecimalSign(table)
    if counts.either_dot and counts.either_comma:
        return DecimalSign(".", False)
    return _by_shape(counts, delimiter)


def _by_shape(counts: SignCounts, delimiter: str | None) -> DecimalSign:
    """Decide by cells of three digits behind the sign alone, and by the delimiter."""
    grouped = counts.small > 0 and counts.large == 0  # 987 beside 12,034: below a thousand there is nothing to group
    if counts.either_comma:
        if grouped and counts.either_comma >= MIN_THREES:
            return DecimalSign(".", delimiter != ",")
        return DecimalSign(",", True) if delimiter == "," else DecimalSign(".", False)
    if grouped and counts.either_dot >= MIN_THREES_DOT:
        return DecimalSign(",", delimiter != ".")
    if delimiter == ",":
        return DecimalSign(",", grouped)
    # A column that always has three digits behind the point is how programs write numbers.
    return DecimalSign(".", delimiter == "." or (not counts.small and not counts.large))


def sign_of_delimiter(delimiter: str | None) -> str | None:
    """Return the decimal sign that a file with this delimiter likely uses: `;` stands where the comma is taken."""
    return {";": ",", ",": "."}.get(delimiter or "")
