"""Values: what one cell means. The only place where text becomes a number, a truth value, a date or a label.

Training and prediction both come through here, cell by cell, so that they can never read the same cell
differently.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime, timedelta

NAN = math.nan

# Words that stand for "no value" among numbers, dates and truth values. Among labels only the empty cell is
# missing: there "NA" may well be Namibia, and a model can use "?" as a label of its own.
# fmt: off
MISSING_WORDS = frozenset((
    "", "?", "??", "-", "--", "---", "—", "–", ".", "..", "na", "n/a", "n.a.", "#n/a", "#na", "<na>", "nan", "nat",
    "null", "(null)", "none", "nil", "missing", "unknown", "undefined", "not available", "\\n",
    "inf", "-inf", "+inf", "infinity", "-infinity", "#value!", "#div/0!", "#num!", "#ref!",
))
# fmt: on

TRUE_WORDS = frozenset({"true", "t", "yes", "y", "on", "1", "1.0"})
FALSE_WORDS = frozenset({"false", "f", "no", "n", "off", "0", "0.0"})
BOOLEAN_PAIRS = tuple(
    frozenset(pair)
    for pair in (
        ("true", "false"),
        ("t", "f"),
        ("yes", "no"),
        ("y", "n"),
        ("on", "off"),
        ("1", "0"),
        ("1.0", "0.0"),
    )
)


def is_missing(text: str) -> bool:
    """Whether a cell says "no value", plainly or in disguise."""
    return text.strip().lower() in MISSING_WORDS


def label(value: object) -> str | None:
    """A cell as the label it would be in a CSV file; None where missing (None, NaN, NaT, only blanks)."""
    if type(value) is str:
        return value if value and not value.isspace() else None
    if type(value) is float:
        return repr(value) if value == value else None
    if value is None or value != value:
        return None
    if isinstance(value, datetime | date):
        return value.isoformat()
    item = getattr(value, "item", None)
    if item is not None:  # a NumPy scalar: its repr is not what a file would hold
        return label(item())
    try:
        return label(str(value))
    except ValueError:  # integers of more digits than Python is willing to print
        return "huge integer"


def numeric_label(value: object) -> str | None:
    """A label with 3, 3.0, "3" and " 3" all the same: for categories coded by numbers."""
    text = label(value)
    if text is None:
        return None
    number = parse_number(value if type(value) is float else text)
    if number != number:
        return text
    return str(int(number)) if number.is_integer() and abs(number) < 1e16 else repr(number)


def parse_boolean(value: object) -> float:
    """1.0, 0.0, or NaN for what is neither."""
    text = label(value)
    if text is None:
        return NAN
    word = text.strip().lower()
    return 1.0 if word in TRUE_WORDS else 0.0 if word in FALSE_WORDS else NAN


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
    """A finite float, or NaN.

    Reads `1,234.5`, `1 234,5` (decimal ","), `$5`, `12%` (as 12), `(3)` (as -3), `1e3`; infinities are
    missing.

    Args:
        value: text or a Python or NumPy scalar.
        decimal: the column's decimal sign, "." or ",".
        unit: a suffix every cell of the column may carry, such as "kg", lower case.
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
    if unit and text.lower().endswith(unit):
        text = text[: -len(unit)].rstrip()
    # No number worth reading is longer, and the pattern below should not meet a megabyte.
    if not text or len(text) > 64:
        return NAN
    found = _LOOSE.fullmatch(text)
    if found is None or (found["bracket"] is None) != (found["closed"] is None):
        return NAN
    body = found["body"].strip()
    shape = _BODY[decimal].fullmatch(body)
    if shape is None:
        if decimal == "." or _BODY["."].fullmatch(body) is None:
            return NAN
        decimal = "."  # 3.5 in a column of decimal commas, as a program would send it
        shape = _BODY["."].fullmatch(body)
    if shape is not None and shape["by"]:
        body = body.replace(shape["by"], "")
    try:
        number = float(body.replace(decimal, ".") + (found["exponent"] or ""))
    except ValueError:
        return NAN
    if not math.isfinite(number):
        return NAN
    return -number if (found["sign"] or found["before"]) in ("-", "−") or found["bracket"] else number


_TIME = (
    r"(?:(?:[T ]|, ?)(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?"
    r"\s?(?P<half>[AaPp]\.?[Mm]\.?)?\s?(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2})?)?"
)
_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+)?"
_DATES = tuple(
    re.compile(pattern + _TIME, re.IGNORECASE | re.ASCII)
    for pattern in (
        r"(?P<year>\d{4})(?P<by>[-/.])(?P<month>\d{1,2})(?P=by)(?P<day>\d{1,2})",
        r"(?P<first>\d{1,2})(?P<by>[-/.])(?P<then>\d{1,2})(?P=by)(?P<year>\d{4}|\d{2})",
        _WEEKDAY + r"(?P<day>\d{1,2})(?:st|nd|rd|th)?[-/. ]+(?P<name>[a-z]{3,9})\.?[-/, ]+(?P<year>\d{4}|\d{2})",
        _WEEKDAY + r"(?P<name>[a-z]{3,9})\.? (?P<day>\d{1,2})(?:st|nd|rd|th)?,? (?P<year>\d{4})",
        r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})",
        r"(?P<year>\d{4})-(?P<month>\d{2})",
        r"(?P<name>[a-z]{3,9})[- ](?P<year>\d{4})",
    )
)
_MONTHS = {
    name[:length]: number
    for number, name in enumerate(
        (
            "january",
            "february",
            "march",
            "april",
            "may",
            "june",
            "july",
            "august",
            "september",
            "october",
            "november",
            "december",
        ),
        1,
    )
    for length in (3, 4, len(name))
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse_date(value: object, day_first: bool = False) -> float:
    """Seconds since 1970-01-01T00:00 UTC, or NaN. Dates without a zone are taken as UTC.

    Args:
        value: text in ISO form, `3/31/2024`, `31.03.2024`, `31 Mar 2024`, `March 31, 2024`, `20240331`,
            `2024-03`, each with an optional time, or a date object.
        day_first: whether `3/4/2024` is the third of April.
    """
    if type(value) is not str:
        return _seconds_of_object(value, day_first)
    text = value.strip()
    if not 6 <= len(text) <= 48:
        return NAN
    for pattern in _DATES:
        found = pattern.fullmatch(text)
        if found is not None:
            return _seconds(found.groupdict(), day_first)
    return NAN


def _seconds_of_object(value: object, day_first: bool) -> float:
    if value is None or value != value:
        return NAN
    if isinstance(value, date):
        moment = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)
        return _since_epoch(moment)
    if isinstance(value, int | float) and float(value).is_integer():
        return parse_date(str(int(value)), day_first)  # 20240331 where a CSV had it as text
    return parse_date(label(value), day_first)


def _since_epoch(moment: datetime) -> float:
    return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - _EPOCH).total_seconds()


def _seconds(part: dict[str, str | None], day_first: bool) -> float:
    year = int(part["year"] or 0)
    if year < 100:
        year += 1900 if year >= 69 else 2000  # the pivot of POSIX strptime
    if part.get("first"):
        first, then = int(part["first"] or 0), int(part["then"] or 0)
        # An impossible month settles the order of this cell whatever the rest of the column does.
        swap = (day_first and then <= 12) or first > 12
        day, month = (first, then) if swap else (then, first)
    else:
        name = part.get("name")
        month = _MONTHS.get(name.lower(), 0) if name else int(part.get("month") or 0)
        day = int(part.get("day") or 1)
    hour = int(part["hour"] or 0)
    if part["half"]:
        hour = hour % 12 + (12 if part["half"][0] in "Pp" else 0)
    try:
        moment = datetime(year, month, day, hour, int(part["minute"] or 0), int(part["second"] or 0))
    except ValueError:
        return NAN
    seconds = _since_epoch(moment) + (float(f"0.{part['fraction']}") if part["fraction"] else 0.0)
    zone = part["zone"]
    if zone and zone[0] in "+-":
        offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:])).total_seconds()
        seconds -= offset if zone[0] == "+" else -offset
    return seconds
