"""Numbers in paths: whatever stands there, the answer is that of a number that there is not."""

from __future__ import annotations

from core.errors import NotFound

MAX_DIGITS = 9


def read_number(kind: str, text: str) -> int:
    """Return the number of something of a kind, as it stands in a path. Raises NotFound for what is no number.

    >>> read_number("run", "7")
    7
    """
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS):
        raise NotFound(kind, text)
    return int(text)
