"""Settings of a monitor: defaults, checks with the reason in words, and the windows that they ask for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from core.domain.records import Json
from core.errors import Invalid
from core.monitoring.spans import Span, is_tick, next_tick, parse_span, start_of
from vocabulary import METRICS

AUTO = "auto"
MAX_WINDOWS_AT_ONCE = 300
"""Windows that one request may lie in: each is read for every window it lies in."""

DEFAULTS: Json = {
    "enabled": True,
    "window": "1d",
    "every": "1h",
    "min_rows": 200,
    "timezone": "UTC",
    "drift": {
        "adjusted_p": 0.01,
        "effect": {"number": 0.1, "category": 0.1, "text": 0.1},
        "share": 0.3,
        "weighted": True,
        "for": 1,
    },
    "performance": {"metric": AUTO, "drop": 0.03, "z": 3.0, "for": 2},
    "quality": {"missing": 0.05, "unseen": 0.01, "out_of_range": 0.01, "for": 1},
    "traffic": {"silent_for": "1d", "errors": 0.01},
    "notify": [],
    "email": [],
    "retrain": None,
}


@dataclass(frozen=True)
class Schedule:
    """When windows end, and how long they are."""

    window: Span
    every: Span
    zone: tzinfo

    def ends(self, after: datetime, until: datetime) -> Iterator[datetime]:
        """Yield the ends of windows after `after`, up to `until`."""
        end = self.next_end(after)
        while end <= until:
            yield end
            end = self.next_end(end)

    def next_end(self, after: datetime) -> datetime:
        """Return the end of the next window."""
        return next_tick(self.every, self.zone, after)

    def start(self, end: datetime) -> datetime:
        """Return the begin of the window that ends then."""
        return start_of(end, self.window, self.zone)

    def is_main(self, end: datetime) -> bool:
        """Return whether the window is one of those that follow one another; others lie across them."""
        return is_tick(self.window, self.zone, end)

    def main_ends(self, after: datetime, until: datetime) -> Iterator[datetime]:
        """Yield the ends of the windows that follow one another."""
        end = next_tick(self.window, self.zone, after)
        while end <= until:
            yield end
            end = next_tick(self.window, self.zone, end)


def complete(given: Mapping[str, Any]) -> Json:
    """Return all settings: those given, over the defaults."""
    return _over(DEFAULTS, given)


def _over(defaults: Mapping[str, Any], given: Mapping[str, Any]) -> Json:
    settings = dict(defaults)
    for name, value in given.items():
        inner = defaults.get(name)
        settings[name] = _over(inner, value) if isinstance(inner, dict) and isinstance(value, dict) else value
    return settings


def schedule_of(settings: Mapping[str, Any]) -> Schedule:
    """Return the schedule of complete, checked settings."""
    return Schedule(parse_span(settings["window"]), parse_span(settings["every"]), ZoneInfo(settings["timezone"]))


def silent_for(settings: Mapping[str, Any]) -> timedelta | None:
    """Return how long a busy endpoint may have no requests; None for any time."""
    text = settings["traffic"]["silent_for"]
    return None if text is None else timedelta(minutes=parse_span(text).total_minutes)


def check_settings(given: Mapping[str, Any]) -> None:
    """Raise Invalid BAD_MONITOR that names each field at fault, if these settings cannot be kept."""
    settings = complete(given)
    errors = [
        *_check_schedule(settings),
        *_check_metric(settings["performance"]["metric"]),
    ]
    if settings["retrain"] is not None:
        errors.append(("retrain", "There are no pipelines yet that an alarm could start: leave it null."))
    if errors:
        entries = [{"field": field, "detail": detail} for field, detail in errors]
        raise Invalid("BAD_MONITOR", " ".join(f"{field}: {detail}" for field, detail in errors), entries)


def _check_schedule(settings: Json) -> Iterator[tuple[str, str]]:
    spans = {}
    for name in ("window", "every"):
        try:
            spans[name] = parse_span(settings[name])
        except ValueError as exc:
            cron = " Cron expressions are not taken here." if name == "every" and " " in settings[name].strip() else ""
            yield name, f"{exc}{cron}"
    if len(spans) == 2:
        window, every = spans["window"].total_minutes, spans["every"].total_minutes
        if window % every:
            whole = f"{settings['window']!r} is not a whole number of {settings['every']!r}"
            yield "every", f"{whole}: choose one that divides the window, such as the window itself."
        elif window // every > MAX_WINDOWS_AT_ONCE:
            most = f"at most {MAX_WINDOWS_AT_ONCE} times within the window, not {window // every:,}"
            yield "every", f"A window may end {most}: choose a longer one."
    try:
        silent_for(settings)
    except ValueError as exc:
        yield "traffic.silent_for", str(exc)
    if not _is_zone(settings["timezone"]):
        yield "timezone", f"There is no time zone {settings['timezone'][:60]!r}: write UTC, or one as Europe/Berlin."


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        return False
    return True


def _check_metric(metric: str) -> Iterator[tuple[str, str]]:
    if metric != AUTO and metric not in METRICS:
        known = ", ".join(METRICS)
        yield "performance.metric", f"There is no metric {metric[:40]!r}: write auto (the model's own), or {known}."
