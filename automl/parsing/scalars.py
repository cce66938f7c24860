"""Values: what one cell means. Text becomes a number or a label here; see `dates` and `labels` too.

Training and prediction both come through here, cell by cell, so that they can never read the same cell
differently.
"""

from __future__ import annotations

import math
import re
from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd

from automl.parsing.units import UNITS_BY_DIMENSION, parse_quantity

NAN = math.nan

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


_MONEY = r"(?:[$€£¥₹₽₩]|USD|EUR|GBP|CHF|JPY|INR)?"
_LOOSE = re.compile(
    rf"(?P<bracket>\()?\s*(?:{_MONEY}\s*(?P<sign>[-+−]?)|(?P<before>[-+−])\s*{_MONEY})\s*"
    rf"(?P<body>[0-9.,][0-9.,'\s]*?)(?P<exponent>[eE][-+]?[0-9]+)?\s*(?:%|{_MONEY})\s*(?P<closed>\))?"
)
_BODY = {
    ".": re.compile(r"(?:[0-9]+|[0-9]{1,3}(?P<by>[,'\s])(?:[0-9]{2,3}(?P=by))*[0-9]{3})?(?:\.[0-9]*)?"),
    ",": re.compile(r"(?:[0-9]+|[0-9]{1,3}(?P<by>[.'\s])(?:[0-9]{3}(?P=by))*[0-9]{3})?(?:,[0-9]*)?"),
}


def parse_number(value: object, decimal: str = ".", unit: str = "") -> float:
    """Return a finite float, or NaN.

    Reads `1,234.5`, `1 234,5` (decimal ","), `$5`, `12%` (as 12), `(3)` (as -3), `1e3`; infinities are
    missing.

    Args:
        value: text or a Python or NumPy scalar.
        decimal: the column's decimal sign, "." or ",".
        unit: a suffix every cell of the column may carry, such as "kg", lower case; or one of
            `quantities.DIMENSIONS`, to which cells of many units are brought.
    """
    if type(value) is str:
        return _number_of_text(value, decimal, unit)
    if value is None:
        return NAN
    if isinstance(value, timedelta):
        return value.total_seconds()
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return NAN
    return number if math.isfinite(number) else NAN


def _number_of_text(text: str, decimal: str, unit: str) -> float:
    if decimal == "." or ("." not in text and "," not in text):
        try:
            number = float(text)
        except ValueError:
            pass
        else:
            return number if math.isfinite(number) and "_" not in text else NAN
    text = text.strip()
    if unit in UNITS_BY_DIMENSION:
        quantity = parse_quantity(text, unit)
        if quantity == quantity:
            return quantity
    elif unit and text.lower().endswith(unit):
        text = text[: -len(unit)].rstrip()
    # No number worth reading is longer, and the pattern below should not meet a megabyte.
    if not text or len(text) > 64:
        return NAN
    found = _LOOSE.fullmatch(text)
    if found is None or (found["bracket"] is None) != (found["closed"] is None):
        return NAN
    body = found["body"].strip()
    shape = _BODY[decimal].fullmatch(body)
    if shape is None and decimal != ".":
        decimal = "."  # 3.5 in a column of decimal commas, as a program would send it
        shape = _BODY["."].fullmatch(body)
    if shape is None:
        return NAN
    if shape["by"]:
        body = body.replace(shape["by"], "")
    try:
        number = float(body.replace(decimal, ".") + (found["exponent"] or ""))
    except ValueError:
        return NAN
    is_negative = (found["sign"] or found["before"]) in ("-", "−") or found["bracket"]
    return (-number if is_negative else number) if math.isfinite(number) else NAN


_RANGE = re.compile(
    r"(?P<below><=?|≤|(?:under|below|less than|up to|fewer than)\s)?\s*"
    r"(?P<above>>=?|≥|(?:over|above|more than|at least)\s)?\s*"
    rf"{_MONEY}\s*(?P<low>[0-9][0-9,]*(?:\.[0-9]+)?)\s*(?P<th>st|nd|rd|th)?\s*[a-z%]{{0,10}}?\s*"
    rf"(?:(?:-|–|—|to|\.\.|~)\s*{_MONEY}\s*(?P<high>[0-9][0-9,]*(?:\.[0-9]+)?)\s*[a-z%]{{0,10}}"
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
