"""What a code, a name or an address holds besides being a label: parts of its text, a number in it, its length."""

from __future__ import annotations

import re

from automl.parsing.numbers import NAN
from automl.parsing.scalars import to_label

MAX_CHARACTERS = 1_000
"""Maximum characters of a cell that are searched: parts stand at its beginning or its end."""

_SPLIT = r",;|/@:"
SUBSTRING_PATTERNS = {
    "letters": re.compile(r"\s*([^\W\d_]+)"),
    "title": re.compile(r"(?:.*?\s)?([^\W\d_]{1,12})\.(?:\s|$)", re.DOTALL),
    "first": re.compile(rf"\s*([^{_SPLIT}]*[^{_SPLIT}\s])\s*[{_SPLIT}]"),
    "last": re.compile(rf".*[{_SPLIT}]\s*([^{_SPLIT}]*[^{_SPLIT}\s])\s*", re.DOTALL),
}
"""Patterns by name: the letters a cell begins with, its first abbreviation (`Mr.`), what stands before the first mark
that separates (comma, @ …), and what stands after the last."""

_DIGITS = re.compile(r"(\d{1,15})\D*$", re.ASCII)


def extract_substring(cell: object, which: str) -> str | None:
    """Extract one of `SUBSTRING_PATTERNS` of a cell, in small letters; None where it has none."""
    text = to_label(cell)
    found = None if text is None else SUBSTRING_PATTERNS[which].match(text[:MAX_CHARACTERS])
    return found[1].lower() if found else None


def trailing_number(cell: object) -> float:
    """Return the last run of digits in a cell, NaN where it has none."""
    text = to_label(cell)
    found = None if text is None else _DIGITS.search(text[-MAX_CHARACTERS:])
    return float(found[1]) if found else NAN


def count_characters(cell: object) -> float:
    """Return how many characters a cell has, NaN where missing."""
    text = to_label(cell)
    return NAN if text is None else len(text)


def count_words(cell: object) -> float:
    """Return how many words a cell has, NaN where missing."""
    text = to_label(cell)
    return NAN if text is None else len(text.split())
