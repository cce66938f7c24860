"""Values: what one cell means. Text becomes a label here; see `numbers`, `dates` and `labels` too.

Training and prediction both come through here, cell by cell, so that they can never read the same cell
differently.
"""

from __future__ import annotations

import re
from datetime import date, datetime

import numpy as np
import pandas as pd

from automl.parsing.numbers import CURRENCY, NAN, parse_number

# Words that stand for "no value" among numbers, dates and truth values. Among labels fewer do: see `labels`.
# fmt: off
MISSING_WORDS = frozenset((
    "", "?", "??", "-", "--", "---", "—", "–", ".", "..", "na", "n/a", "n.a.", "#n/a", "#na", "<na>", "nan", "nat",
    "null", "(null)", "none", "nil", "missing", "unknown", "undefined", "not available", "\\n",
    "inf", "-inf", "+inf", "infinity", "-infinity", "#value!", "#div/0!", "#num!", "#ref!", "#name?", "#null!",
    "-nan", "#n/a n/a", "1.#ind", "-1.#ind", "1.#qnan", "-1.#qnan",
))
# fmt: on


def is_missing(text: str) -> bool:
    """Return whether a cell says "no value", plainly or in disguise."""
    return text.strip().lower() in MISSING_WORDS


def is_null(value: object) -> bool:
    """Return whether an object stands for "no value": None, NaN, NaT, pandas' NA."""
    if value is None or value is pd.NA:
        return True
    try:
        return bool(value != value)
    except ArithmeticError:  # a signaling NaN
        return True
    except (TypeError, ValueError):  # an array, or what cannot be compared
        return False


def to_label(value: object) -> str | None:
    """Return a cell as its label in a CSV file; None where missing (None, NaN, NaT, NA, only blanks)."""
    if type(value) is str:
        return value if value and not value.isspace() else None
    if type(value) is float:
        return repr(value) if value == value else None
    if is_null(value):
        return None
    if isinstance(value, np.datetime64):
        value = pd.Timestamp(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, np.generic):  # its repr is not what a file would hold
        return to_label(value.item())
    try:
        return to_label(str(value))
    except ValueError:  # integers of more digits than Python is willing to print
        return "huge integer"


_RANGE = re.compile(
    r"(?P<below><=?|≤|(?:under|below|less than|up to|fewer than)\s)?\s*"
    r"(?P<above>>=?|≥|(?:over|above|more than|at least)\s)?\s*"
    rf"{CURRENCY}?\s*(?P<low>[0-9][0-9,]*(?:\.[0-9]+)?)\s*(?P<th>st|nd|rd|th)?\s*[a-z%]{{0,10}}?\s*"
    rf"(?:(?:-|–|—|to|\.\.|~)\s*{CURRENCY}?\s*(?P<high>[0-9][0-9,]*(?:\.[0-9]+)?)\s*[a-z%]{{0,10}}"
    r"|(?P<plus>\+|(?:and|or)\s(?:over|above|more|older|up|less|under|below|younger|fewer)))?\s*[a-z]{0,10}",
    re.IGNORECASE,
)


def parse_range(value: object) -> float:
    """Return where a label such as `<5`, `5-10`, `10+`, `65 and over`, `2nd` stands on its scale, or NaN.

    The middle of a range; an open end counts just beyond its bound. A bare number is no range.
    """
    text = to_label(value)
    found = None if text is None or len(text) > 40 else _RANGE.fullmatch(text.strip())
    if found is None or not any(found[part] for part in ("below", "above", "th", "high", "plus")):
        return NAN
    low = parse_number(found["low"])
    if found["high"]:
        return (low + parse_number(found["high"])) / 2
    down = found["below"] or (found["plus"] or "").lower().endswith(("less", "under", "below", "younger", "fewer"))
    beyond = 0.0 if found["th"] else max(1e-6, abs(low) * 1e-6)
    return low - beyond if down else low + beyond


def parse_position(value: object) -> float:
    """Return where a label of a scale stands: that of `parse_range`, or the number that it is; else NaN."""
    position = parse_range(value)
    return parse_number(value) if position != position else position
