"""Keys of features: what a cell of a table and a cell of a request have in common, and the part of a row's key it is.

Tables hold text, requests text, numbers and truth values. Where all of a table's keys are numbers, keys are compared as
numbers; where any of them is not (`007`, `A-12`) as text, and a number of a request is the text that it is written as.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from decimal import Decimal
from hashlib import blake2b

DIGEST = re.compile(r"[0-9a-f]{32}")
MAX_DIGITS = 40

_NUMBER = re.compile(r"[+-]?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")


def is_number(text: str) -> bool:
    """Return whether a table's cell is a number, and no label that looks like one: `007` is."""
    return len(text) <= MAX_DIGITS and _NUMBER.fullmatch(text) is not None


def key_part(cell: object, *, numeric: bool) -> str | None:
    """Return a cell of a key as it is compared, None for one that is missing.

    Args:
        cell: of a table, or of a request.
        numeric: whether all of the table's are numbers.
    """
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        if math.isnan(cell):
            return None
        cell = int(cell) if cell.is_integer() else repr(cell)
    text = "" if cell is None else str(cell).strip()
    if not text:
        return None
    return _plain(text) if numeric and is_number(text) else text


def key_digest(parts: Sequence[str]) -> str:
    """Return what stands for a key in the key of its row: of fixed length, whatever the cells hold."""
    state = blake2b(digest_size=16)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        state.update(len(data).to_bytes(8, "big"))
        state.update(data)
    return state.hexdigest()


def _plain(text: str) -> str:
    number = Decimal(text)
    return "0" if number == 0 else format(number.normalize(), "f")
