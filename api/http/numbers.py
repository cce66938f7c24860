"""Whole numbers as text, in paths and headers: anything else is no number, however `int` would read it."""

from __future__ import annotations

from core.errors import NotFound

MAX_DIGITS = 9


def is_number(text: str) -> bool:
    """Return whether the text is a whole number, of at most nine digits and nothing else.

    >>> is_number("7"), is_number("+7"), is_number("")
    (True, False, False)
    """
    return text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS


def read_number(kind: str, text: str) -> int:
    """Return the number of something of a kind, as it stands in a path. Raises NotFound for what is no number.

    >>> read_number("run", "7")
    7
    """
    if not is_number(text):
        raise NotFound(kind, text)
    return int(text)
