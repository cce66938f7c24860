"""Clocks: times written with colons, as seconds and back.

`8:30` are hours and minutes, or minutes and seconds where the column says so; `08:30 AM`, `2 days 01:00:00` and `8h30`
are read, too.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

NAN = math.nan
HOURS = "h:mm"
MINUTES = "m:ss"

_CLOCK = re.compile(
    r"(?:(?P<days>\d{1,6})\s*(?:d|days?),?\s*)?(?P<first>\d{1,4})(?::(?P<then>[0-5]\d))?"
    r"(?::(?P<last>[0-5]\d))?(?P<fraction>[.,]\d{1,9})?\s?(?P<half>[ap]\.?\s?m\.?)?",
    re.IGNORECASE | re.ASCII,
)
_FRENCH = re.compile(r"(?P<first>\d{1,2})\s?[hH]\s?(?P<then>[0-5]\d)", re.ASCII)


def parse_clock(text: str, style: str = HOURS) -> float:
    """Return the seconds that a clock shows, NaN where the text is no clock's.

    Args:
        text: without a sign.
        style: `h:mm` or `m:ss`, for what has one colon only.
    """
    found = _CLOCK.fullmatch(text)
    if found is None:
        french = _FRENCH.fullmatch(text)
        return NAN if french is None else 3600.0 * int(french["first"]) + 60.0 * int(french["then"])
    days, first, half = int(found["days"] or 0), int(found["first"]), found["half"]
    if found["then"] is None and not half:
        return NAN
    if half:
        if not 1 <= first <= 12:
            return NAN
        first = first % 12 + (12 if half[0] in "pP" else 0)
    then, last = int(found["then"] or 0), int(found["last"] or 0)
    fraction = float((found["fraction"] or "0").replace(",", "."))
    if found["last"] is None and not half and (style == MINUTES or found["fraction"]):
        return 86_400.0 * days + 60.0 * first + then + fraction  # a fraction is one of a second: 1:30.5
    return 86_400.0 * days + 3_600.0 * first + 60.0 * then + last + fraction


def clock_style(texts: Iterable[str]) -> tuple[str, bool] | None:
    """Return (`h:mm` or `m:ss`, whether that is sure) for the clocks among a column's cells; None without any.

    Hours that appear only once there are sixty minutes (`59:30`, `1:02:03`) make the shorter cells minutes and seconds.
    """
    short: list[str] = []
    long: list[str] = []
    halves = False
    for text in texts:
        plain = text.strip().lstrip("+-−")
        found = _CLOCK.fullmatch(plain)
        if found is None or (found["then"] is None and not found["half"]):
            continue
        halves = halves or found["half"] is not None
        (short if found["last"] is None else long).append(found["first"])
    if not short and not long:
        return None
    if halves or not short:
        return HOURS, True
    padded = any(len(first) == 2 and first[0] == "0" for first in short)
    if long:
        grown = not padded and not any(int(first) == 0 for first in long) and max(map(int, short)) < 60
        return (MINUTES, max(map(int, short)) > 23) if grown else (HOURS, max(map(int, short)) <= 23)
    return HOURS, padded and max(map(int, short)) <= 23


def format_clock(seconds: float, written: str) -> str:
    """Return the seconds as a clock, written as a cell of the column (`5:30`, `05:30`, `1:02:03`, `08:30 AM`) is.

    Args:
        seconds: finite.
        written: an example, or `m:ss` for minutes and seconds.
    """
    sign = "-" if round(seconds) < 0 else ""
    half = re.search(r"([ap])\.?\s?m", written, re.IGNORECASE)
    n_colons = 1 if written == MINUTES else written.count(":")
    padded = bool(re.match(r"[+-]?0\d", written))
    if written == MINUTES or n_colons != 1:
        total = round(abs(seconds))
        minutes, rest = divmod(total, 60)
        if written == MINUTES and minutes < 60:
            return f"{sign}{minutes}:{rest:02d}"
        hours, minutes = divmod(minutes, 60)
        text = f"{hours:02d}" if padded else str(hours)
        return f"{sign}{text}:{minutes:02d}:{rest:02d}"
    hours, minutes = divmod(round(abs(seconds) / 60), 60)
    if half:
        letters = "PM" if hours % 24 >= 12 else "AM"
        hours = hours % 12 or 12
        return f"{hours:02d}:{minutes:02d} {letters}" if padded else f"{hours}:{minutes:02d} {letters}"
    return f"{sign}{hours:02d}:{minutes:02d}" if padded else f"{sign}{hours}:{minutes:02d}"
