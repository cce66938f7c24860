"""Time zones by the names that people write, and the moments at which clocks in them show a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

MAX_CLOCKS_CHANGE = timedelta(hours=3)
"""Clocks that are put forward or back by more leave out days, as where the date line was moved."""
_MINUTE = timedelta(minutes=1)


def time_zone(name: str) -> ZoneInfo:
    """Return the time zone of this name; raises ValueError that names the nearest."""
    if name in _names():
        return ZoneInfo(name)
    raise ValueError(f"There is no time zone {name[:60]!r}: write UTC, or one as {_nearest(name)}.")


@cache
def _names() -> frozenset[str]:
    """Return the names of all time zones. Others are files too, such as those with leap seconds, and no zones."""
    return frozenset(available_timezones()) | {"UTC"}


def _nearest(name: str) -> str:
    """Return the name that was meant, most likely: people write cities too, and small letters."""
    written = {each.split("/")[-1].lower(): each for each in sorted(_names(), reverse=True)}
    written |= {each.lower(): each for each in _names()}
    close = get_close_matches(name[:60].lower().replace(" ", "_"), written, 1, 0.7)
    return written[close[0]] if close else "Europe/Berlin"


def clocks_change_near(at: datetime, zone: ZoneInfo) -> timedelta:
    """Return by how much clocks are changed shortly before or after a time: nothing on all but a few days."""
    before, after = ((at + hours).astimezone(zone).utcoffset() for hours in (-MAX_CLOCKS_CHANGE, MAX_CLOCKS_CHANGE))
    return abs((after or timedelta()) - (before or timedelta()))


def first_moment(local: datetime, zone: ZoneInfo) -> datetime:
    """Return when, in UTC, clocks show this for the first time, or would if they were not put forward past it."""
    return local.replace(tzinfo=zone, fold=0).astimezone(UTC)


def second_moment(local: datetime, zone: ZoneInfo) -> datetime | None:
    """Return when clocks show this once more, since they were put back; None if they are not."""
    again = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    return again if again > first_moment(local, zone) and is_shown(local, zone) else None


def is_shown(local: datetime, zone: ZoneInfo) -> bool:
    """Return whether clocks ever show this; where they are put forward, they leave out what lies between."""
    return first_moment(local, zone).astimezone(zone).replace(tzinfo=None) == local


def moment_past_gap(local: datetime, zone: ZoneInfo) -> datetime | None:
    """Return when, in UTC, clocks are put forward past a time that they do not show; None if it is a day or more."""
    until = local + MAX_CLOCKS_CHANGE
    while local < until:
        if is_shown(local, zone):
            return first_moment(local, zone)
        local += _MINUTE
    return None
