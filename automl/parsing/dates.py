"""Dates: what a cell says of a moment, and where in the calendar that is."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from automl.parsing.months import MONTHS
from automl.parsing.numbers import NAN
from automl.parsing.scalars import is_null, to_label
from vocabulary import DATE_ORDERS


def _time(colon: str) -> str:
    """Build a pattern of what may follow a date."""
    return (
        rf"(?:(?:[T :]|, ?)(?P<hour>\d{{1,2}}){colon}(?P<minute>\d{{2}})"
        rf"(?:{colon}(?P<second>\d{{2}})(?:[.,](?P<fraction>\d{{1,9}}))?)?"
        r"\s?(?P<half>[AaPp]\.?[Mm]\.?)?\s?(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2})?)?"
    )


MONTH_FIRST, DAY_FIRST, YEAR_FIRST = DATE_ORDERS

_NAME = r"(?P<name>[a-zÀ-ÿ]{3,10})"
_YEAR = r"(?P<year>\d{4}|\d{2})"
_WEEK = r"(?:W|KW|CW|Wk|Week)\.?[- ]?"
_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+)?"
_DATES = tuple(
    re.compile(pattern, re.IGNORECASE | re.ASCII)
    for pattern in (
        rf"(?P<year>\d{{4}})[-/ ]?{_WEEK}(?P<week>\d{{1,2}})(?:-?(?P<weekday>[1-7]))?",
        rf"{_WEEK}(?P<week>\d{{1,2}})[-/, ]+(?P<year>\d{{4}})",
        r"(?P<year>\d{4})(?P<by>[-/.])(?P<month>\d{1,2})(?P=by)(?P<day>\d{1,2})" + _time(":"),
        rf"(?P<first>\d{{1,2}})(?P<by>[-/.])(?P<then>\d{{1,2}})(?P=by){_YEAR}" + _time(":"),
        rf"{_WEEKDAY}(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[-/. ]+(?:de )?{_NAME}\.?[-/, ]+(?:de )?{_YEAR}" + _time(":"),
        rf"{_WEEKDAY}{_NAME}\.? (?P<day>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<year>\d{{4}})" + _time(":"),
        r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})" + _time(":?"),
        r"(?P<year>(?:19|20)\d{2})[-/. M]?(?P<month>0?[1-9]|1[0-2])",
        r"(?P<month>0?[1-9]|1[0-2])[-/.](?P<year>(?:19|20)\d{2})",
        rf"{_NAME}\.?[-/, ]*(?:de )?'?{_YEAR}",
        # As C's ctime and Unix's date write: Tue Mar  5 10:15:30 UTC 2024.
        _WEEKDAY + r"(?P<name>[a-z]{3}) +(?P<day>\d{1,2}) (?P<hour>\d{2}):(?P<minute>\d{2}):(?P<second>\d{2})"
        r"(?: (?P<zone>UTC|GMT|[+-]\d{4}))? (?P<year>\d{4})",
        r"(?P<year>\d{4})[-/ ]?Q(?P<quarter>[1-4])",
        rf"Q(?P<quarter>[1-4])[-/ ]?'?{_YEAR}",
        rf"(?P<quarter>[1-4])Q[-/ ]?'?{_YEAR}",
        rf"(?P<year>(?:19|20)\d{{2}})[-/. ]?{_NAME}\.?(?:[-/. ](?P<day>\d{{1,2}}))?" + _time(":"),
        rf"(?P<short>\d{{2}})[-/. ]*{_NAME}\.?",
    )
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse_date(value: object, order: str = MONTH_FIRST) -> float:
    """Return seconds since 1970-01-01T00:00 UTC, or NaN. Dates without a zone are taken as UTC.

    Args:
        value: text in ISO form, `3/31/2024`, `31.03.2024`, `31 Mar 2024`, `March 31, 2024`, `20240331`,
            each with an optional time, `2024-03`, `03/2024`, `Mar-24`, `2024-Q1`, `2024-W13`, `W13 2024`, or a date
            object. A week counts as its Monday, by ISO 8601.
        order: one of `vocabulary.DATE_ORDERS`: what `3/4/2024` and `24-03-31` are. `24-Mar` is a date, March 2024,
            with the year first only.
    """
    if type(value) is not str:
        return _seconds_of_object(value, order)
    text = value.strip()
    if not 4 <= len(text) <= 48:
        return NAN
    for pattern in _DATES:
        found = pattern.fullmatch(text)
        if found is not None:
            return _seconds(found.groupdict(), order)
    return NAN


def _seconds_of_object(value: object, order: str) -> float:
    if is_null(value):
        return NAN
    if isinstance(value, date):
        moment = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)
        return _since_epoch(moment)
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # 20240331 where a CSV had it as text
    return parse_date(to_label(value), order)


def _since_epoch(moment: datetime) -> float:
    return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - _EPOCH).total_seconds()


def _seconds(part: dict[str, str | None], order: str) -> float:
    if part.get("short") and order != YEAR_FIRST:
        return NAN  # A day of no year, or a month of one.
    year = int(part.get("short") or part["year"] or 0)
    if part.get("first"):
        year, month, day = _ordered(int(part["first"] or 0), int(part["then"] or 0), part["year"] or "", order)
    else:
        name = part.get("name")
        month = MONTHS.get(name.lower(), 0) if name else int(part.get("month") or 1)
        day = int(part.get("day") or 1)
    if year < 100:
        year += 1900 if year >= 69 else 2000  # the pivot of POSIX strptime
    if part.get("quarter"):
        month = 3 * int(part["quarter"] or 1) - 2
    hour = int(part.get("hour") or 0)
    half = part.get("half")
    if half:
        hour = hour % 12 + (12 if half[0] in "Pp" else 0)
    try:
        moment = datetime(year, month, day, hour, int(part.get("minute") or 0), int(part.get("second") or 0))
        if part.get("week"):
            moment = datetime.fromisocalendar(year, int(part["week"] or 1), int(part.get("weekday") or 1))
    except ValueError:
        return NAN
    seconds = _since_epoch(moment) + float(f"0.{part.get('fraction') or 0}")
    zone = part.get("zone")
    if zone and zone[0] in "+-":
        offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:])).total_seconds()
        seconds -= offset if zone[0] == "+" else -offset
    return seconds


def _ordered(first: int, then: int, last: str, order: str) -> tuple[int, int, int]:
    """Return year, month and day of three numbers."""
    if first > 31 or (order == YEAR_FIRST and len(last) == 2):
        return (first, then, int(last)) if len(last) == 2 else (0, 0, 0)
    # An impossible month settles the order of this cell whatever the rest of the column does.
    swap = (order == DAY_FIRST and then <= 12) or first > 12
    return (int(last), then, first) if swap else (int(last), first, then)


def to_seconds(moments: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    micro = moments.astype("datetime64[us]")
    return np.where(np.isnat(micro), np.nan, micro.astype(np.int64) / 1e6)


def calendar_parts(seconds: npt.NDArray[np.float64]) -> dict[str, npt.NDArray[np.float64]]:
    """Return year, month (1-12), day (1-31), weekday (0 is Monday) and hour of moments, NaN where missing."""
    gone = np.isnan(seconds)
    day_number = np.floor(np.where(gone, 0, seconds) / 86_400)
    days = day_number.astype(np.int64).astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    years = days.astype("datetime64[Y]")
    parts = {
        "year": years.astype(np.int64) + 1970.0,
        "month": (months - years).astype(np.int64) + 1.0,
        "day": (days - months).astype(np.int64) + 1.0,
        "weekday": (day_number + 3) % 7,  # 1970-01-01 was a Thursday
        "hour": np.floor((np.where(gone, 0, seconds) - day_number * 86_400) / 3_600),
    }
    for values in parts.values():
        values[gone] = np.nan
    return parts
