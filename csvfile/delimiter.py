"""The delimiter of a CSV, guessed from its first rows: the one that cuts them alike, into cells that look whole.

After van den Burg, Nazábal and Sutton, "Wrangling messy CSV files by detecting row and type patterns" (2019): a score
of the rows' pattern times one of the cells' types, here with few of both.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

DELIMITERS = (",", ";", "\t", "|")
_MAX_ROWS = 1000
_MAX_CHARACTERS = 1 << 18

_QUOTED = re.compile(r'(?m)(^|[,;\t|])( *)"(?:[^"]++|"")*+"(?=[ \t]*(?:[,;\t|\r\n]|\Z))')
_QUOTED_CELL = "Q"
_SEPARATOR_LINE = re.compile(r'"?sep=([^\r\n"])"?[,;\t| ]*(?:\r\n|\r|\n|\Z)', re.IGNORECASE)

_NUMBER = re.compile(r"[+-]?[€$£¥]? ?[+-]?\d[\d.,'’ \u00a0\u202f]*([eE][+-]?\d+)? ?[%€$£¥-]?")
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
_DATE = re.compile(r"(\w{3,9},? )?\w{3,9}\.? \d{1,2}(st|nd|rd|th)?, ?\d{4}.*|\w{3,9}, \d{1,2}\.? \w{3,9}\.? \d{4}.*")


def separator_line(text: str) -> str | None:
    """Return the delimiter that the first line declares as spreadsheets do (`sep=;`), None if it declares none."""
    declared = _SEPARATOR_LINE.match(text)
    return declared[1] if declared else None


def sample_lines(text: str) -> list[str]:
    """Return the first lines that are not blank; each quoted field in them is one letter, on one line."""
    masked = _QUOTED.sub(r"\1\2" + _QUOTED_CELL, text[:_MAX_CHARACTERS])
    lines = [line for line in re.split(r"\r\n|\r|\n", masked) if line.strip()]
    if len(text) > _MAX_CHARACTERS and len(lines) > 1:
        lines.pop()  # torn
    return lines[:_MAX_ROWS]


def guess_delimiter(text: str) -> str:
    """Choose the delimiter by its score; the first of equals."""
    lines = sample_lines(text)
    best = max(DELIMITERS, key=lambda delimiter: _score(lines, delimiter))
    return _absent(lines) if _is_single_column(lines, best) else best


def begins_with_blanks(text: str, delimiter: str) -> bool:
    """Return whether blanks follow the delimiters as a habit of the whole file, so that they are no part of its cells.

    That is so if nearly all fields but each row's first begin with one, or nearly all quoted ones, or all names.
    """
    if delimiter == " ":
        return False
    rows = [line.split(delimiter)[1:] for line in sample_lines(text)]
    below = [field for row in rows[1:] for field in row if field.strip()] or [field for row in rows for field in row]
    quoted = [field for row in rows for field in row if field.strip() == _QUOTED_CELL]
    names = [field for field in rows[0] if field.strip()] if rows else []
    return any(
        fields and sum(field.startswith(" ") for field in fields) >= share * len(fields)
        for fields, share in ((below, 0.9), (quoted, 0.9), (names, 1.0))
    )


def _score(lines: Sequence[str], delimiter: str) -> float:
    rows = [line.split(delimiter) for line in lines]
    widths = Counter(map(len, rows))
    usual = max(widths, key=lambda width: (widths[width], width)) if widths else 1
    if not rows or max(usual, len(rows[0])) == 1:
        return 0.0
    alike = sum((count / len(rows)) ** 2 for count in widths.values())
    cut = sum(count * (width - 1) / width for width, count in widths.items()) / len(rows)
    cells = [cell for row in rows for cell in row]
    whole = sum(_is_whole(cell, delimiter) for cell in cells) / len(cells)
    narrow_header = 0.6 if len(rows) > 1 and len(rows[0]) < usual else 1.0
    return alike * cut * whole**2 * narrow_header


def _is_whole(cell: str, delimiter: str) -> bool:
    """Return whether a cell looks as if it was not cut too often or too seldom."""
    cell = cell.strip()
    if not cell or _NUMBER.fullmatch(cell) or _DATE.fullmatch(cell):
        return True
    if '"' in cell and (cell.startswith('"') or cell.endswith('"')):
        return False
    if any(other in cell for other in DELIMITERS[1:] if other != delimiter):
        return False
    return delimiter == "," or not re.search(r",(?! |$)", cell)


def _is_single_column(lines: Sequence[str], delimiter: str) -> bool:
    """Return whether all that the delimiter cuts are numbers or dates of a single column."""
    header, *rows = [line.strip() for line in lines] or [""]
    cut = [line for line in rows if delimiter in line]
    if not cut or delimiter in header:
        return False
    if all(map(_DATE.fullmatch, cut)):
        return True
    wholes = [line.split(",")[0] for line in cut]
    are_row_numbers = any(wholes == [str(i + first) for i in range(len(wholes))] for first in (0, 1))
    return all(map(_DECIMAL_COMMA.fullmatch, cut)) and not are_row_numbers


def _absent(lines: Sequence[str]) -> str:
    """Return a delimiter that cuts nothing."""
    return next((each for each in DELIMITERS if not any(each in line for line in lines)), DELIMITERS[0])
