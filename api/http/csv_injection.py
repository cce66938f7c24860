"""CSV for spreadsheets: what a cell holds is shown, never carried out.

A spreadsheet takes a cell that begins with one of a few signs for a formula, and a formula can read other cells and
call out. A quote mark in front of it makes it text. Measures as OWASP's page on CSV injection has them: the mark, and
quotes around every cell; and a byte order mark, by which spreadsheets recognise UTF-8. Programs take the raw CSV.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator
from typing import Any

from csvfile.rows import MAX_FIELD_CHARACTERS

FORMULA_PREFIX = "'"
CHUNK_CHARACTERS = 1 << 18

_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n]")
_NUMBER = re.compile(r"[+-]?(\d+[.,]?\d*|[.,]\d+)([eE][+-]?\d+)?")


def neutralize(cell: str) -> str:
    """Return the cell as text; numbers stay numbers."""
    return FORMULA_PREFIX + cell if _FORMULA.match(cell) and not _NUMBER.fullmatch(cell) else cell


def escape_formulas(chunks: Iterable[bytes], delimiter: str) -> Iterator[bytes]:
    """Yield the same UTF-8 CSV, each cell quoted and harmless. The chunks may be cut anywhere."""
    csv.field_size_limit(max(csv.field_size_limit(), MAX_FIELD_CHARACTERS))
    text = io.StringIO()
    writer: Any = csv.writer(text, delimiter=delimiter, lineterminator="\r\n", quoting=csv.QUOTE_ALL)
    text.write("\ufeff")
    for row in csv.reader(_lines(chunks), delimiter=delimiter):
        writer.writerow([neutralize(cell) for cell in row])
        if text.tell() >= CHUNK_CHARACTERS:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()


def _lines(chunks: Iterable[bytes]) -> Iterator[str]:
    """Yield whole lines, each with its end."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    rest = ""
    for chunk in chunks:
        *lines, rest = (rest + decoder.decode(chunk)).split("\n")
        yield from (f"{line}\n" for line in lines)
    if rest := rest + decoder.decode(b"", True):
        yield rest
