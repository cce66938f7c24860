"""Where a table begins and ends in its file: titles above the header, notes and totals below the last row."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

MAX_TITLE_ROWS = 20
MAX_FOOTER_ROWS = 10

NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*")
_AMOUNT = re.compile(r"\s*[+-]?\s*[€$£¥]?\s*\d[\d.,'’\s]*\s*[%€$£¥-]?\s*")
_LETTER = re.compile(r"[^\W\d_]")
_TOTAL = re.compile(
    r"\s*((grand|overall|sub|column)[ -]?)?(totals?|sum|summe|gesamt(summe)?|insgesamt|итого|всего|total général|"
    r"total general|totale|suma|somme|soma|totaal|合计|总计|計)\s*:?\s*",
    re.IGNORECASE,
)

Row = tuple[int, list[str]]
"""(the line it begins on, its fields)"""


def usual_width(rows: Sequence[Row]) -> int:
    """Return how many fields most of the rows have; the larger of equals."""
    widths = Counter(len(fields) for _, fields in rows)
    return max(widths, key=lambda width: (widths[width], width), default=1)


def count_title_rows(rows: Sequence[Row], width: int, *, header: bool | None) -> int:
    """Count the rows above the table, which hold a title or a few facts about it instead of a field a column.

    A line that could be a short header counts only if the row below it clearly is the header, or if it is a phrase.

    Args:
        rows: the first ones.
        width: of the table.
        header: whether the user has said that the table has a header; None where nothing is said.
    """
    count = next((i for i, (_, fields) in enumerate(rows) if not _is_title(fields, width)), len(rows))
    if not 0 < count <= MAX_TITLE_ROWS or count >= len(rows) - 1:
        return 0
    titles = [fields for _, fields in rows[:count]]
    if not any(_LETTER.search(cell) for fields in titles for cell in fields):
        return 0
    below = [fields for _, fields in rows[count:]]
    if header is not False and names_numbers(below[0], below[1:]) and _n_filled(below[0]) >= width - 1:
        return count
    is_phrase = any(" " in fields[0].strip() for fields in titles) or rows[count][0] > rows[count - 1][0] + 1
    return count if width > 2 and is_phrase and all(len(fields) == 1 for fields in titles) else 0


def names_numbers(first: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Return whether text stands above a column of numbers."""
    for i, name in enumerate(first):
        cells = [row[i] for row in rows if i < len(row) and row[i].strip()]
        # The row below may be a total or a note: nearly all of them.
        n_numbers = sum(bool(_AMOUNT.fullmatch(cell)) for cell in cells)
        if _LETTER.search(name) and not _AMOUNT.fullmatch(name) and cells and n_numbers >= 0.8 * len(cells):
            return True
    return False


def count_footer_rows(rows: Sequence[Row], width: int) -> int:
    """Count the rows below the table: notes, and one of totals.

    Args:
        rows: the last ones with their lines, to the file's end.
        width: of the table.
    """
    n_notes = _count_notes(rows, width)
    body = rows[: len(rows) - n_notes]
    return n_notes + (1 if len(body) > 2 and _is_only_total([fields for _, fields in body]) else 0)


def _count_notes(rows: Sequence[Row], width: int) -> int:
    count = 0
    for _, fields in reversed(rows[-MAX_FOOTER_ROWS:]):
        if not _is_note(fields, width) and not _is_torn_phrase(fields, width):
            break
        count += 1
    body, notes = rows[: len(rows) - count], rows[len(rows) - count :]
    is_torn = any(_is_torn_phrase(fields, width) for _, fields in notes)
    is_usual = any(_is_note(fields, width) or (is_torn and _is_torn_phrase(fields, width)) for _, fields in body[1:])
    if not notes or len(body) < 2 or is_usual:
        return 0
    last_line, last = body[-1]
    gap = notes[0][0] - last_line - 1 - sum(cell.count("\n") for cell in last)
    # Without a gap, a row that ends too early may as well be the last one of a file that was cut off.
    is_said = not is_torn and all(re.search(r"[ :]", fields[0].strip()) for _, fields in notes)
    return count if gap > 0 or (width > 2 and is_said) else 0


def _is_note(fields: Sequence[str], width: int) -> bool:
    """Return whether a row of text is no row of the table: one cell of it, or more than there are columns."""
    if width == 1 or not fields or not _LETTER.search(fields[0]):
        return False
    return len(fields) > width or _n_filled(fields) == 1


def _is_torn_phrase(fields: Sequence[str], width: int) -> bool:
    """Return whether a row may be a sentence that the delimiter in it cut into fewer cells than there are columns."""
    is_phrase = len(fields) > 1 and re.search(r"[ :]", fields[0].strip()) and _LETTER.search(fields[0])
    return bool(is_phrase) and len(fields) < width and _n_filled(fields) > 1


def _is_only_total(rows: Sequence[Sequence[str]]) -> bool:
    """Return whether the last row, and no other, is one of totals: it says so, and holds amounts."""
    label = next((cell for cell in rows[-1] if cell.strip()), "")
    amounts = [cell for cell in rows[-1] if cell.strip() and cell != label]
    if not _TOTAL.fullmatch(label) or not amounts or not all(map(_AMOUNT.fullmatch, amounts)):
        return False
    place = rows[-1].index(label)
    return not any(place < len(row) and _TOTAL.fullmatch(row[place]) for row in rows[1:-1])


def _is_title(fields: Sequence[str], width: int) -> bool:
    n_filled = _n_filled(fields)
    if width == 2:
        return len(fields) == 1
    return n_filled <= max(1, width // 2) and n_filled <= width - 2


def _n_filled(fields: Sequence[str]) -> int:
    return sum(bool(cell.strip()) for cell in fields)
