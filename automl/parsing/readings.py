"""Readings: how the value of a model's input is read out of a cell, as JSON can say it.

A graph holds them beside its inputs, so that a program without the fitted transformers reads a cell as they do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from automl.parsing.dates import parse_date
from automl.parsing.labels import strip_label
from automl.parsing.numbers import parse_number
from automl.parsing.scalars import parse_position, to_label
from automl.parsing.substrings import count_characters, count_words, extract_substring, trailing_number

Reading = Mapping[str, str]
"""`as`, the name of a reader below, and its settings: {"as": "number", "decimal": ",", "unit": "kg"}."""


def _read_label(cell: object) -> str:
    return strip_label(to_label(cell) or "")


def _read_substring(cell: object, pattern: str) -> str:
    return extract_substring(cell, pattern) or ""


_READERS: dict[str, Callable[..., Any]] = {
    "number": parse_number,
    "label": _read_label,
    "date": parse_date,
    "substring": _read_substring,
    "trailing_number": trailing_number,
    "characters": count_characters,
    "words": count_words,
    "position": parse_position,
}


def cell_reader(reading: Reading) -> Callable[[object], Any]:
    """Return the function from a cell to a number, NaN where missing, or to a text, "" where missing.

    Raises:
        KeyError: no reader has this name.
    """
    settings = {name: value for name, value in reading.items() if name != "as"}
    return partial(_READERS[reading["as"]], **settings)
