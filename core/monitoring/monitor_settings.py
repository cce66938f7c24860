"""Settings of a monitor: defaults, checks with the reason in words, and the windows that they ask for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from core.domain.records import Json
from core.errors import Invalid
from core.monitoring.spans import Span, parse_span
from core.monitoring.window_schedule import WindowSchedule, ends_within, make_schedule, parse_every
from core.schedules.cron import Cron
from core.schedules.time_zones import time_zone
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


def complete(given: Mapping[str, Any]) -> Json:
    """Return all settings: those given, over the defaults."""
    return _over(DEFAULTS, given)


def _over(defaults: Mapping[str, Any], given: Mapping[str, Any]) -> Json:
    settings = dict(defaults)
    for name, value in given.items():
        inner = defaults.get(name)
        settings[name] = _over(inner, value) if isinstance(inner, dict) and isinstance(value, dict) else value
    return settings


def schedule_of(settings: Mapping[str, Any]) -> WindowSchedule:
    """Return the schedule of complete, checked settings."""
    zone = ZoneInfo(settings["timezone"])
    return make_schedule(parse_span(settings["window"]), parse_every(settings["every"], settings["timezone"]), zone)


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
    window = every = None
    try:
        time_zone(settings["timezone"])
    except ValueError as exc:
        yield "timezone", str(exc)
        settings = {**settings, "timezone": "UTC"}
    try:
        window = parse_span(settings["window"])
    except ValueError as exc:
        yield "window", str(exc)
    try:
        every = parse_every(settings["every"], settings["timezone"])
    except ValueError as exc:
        yield "every", str(exc)
    if window is not None and every is not None:
        yield from (("every", detail) for detail in _check_every(window, every, settings))
    try:
        silent_for(settings)
    except ValueError as exc:
        yield "traffic.silent_for", str(exc)


def _check_every(window: Span, every: Span | Cron, settings: Json) -> Iterator[str]:
    if isinstance(every, Span) and window.total_minutes % every.total_minutes:
        whole = f"{settings['window']!r} is not a whole number of {settings['every']!r}"
        yield f"{whole}: choose one that divides the window, such as the window itself."
    elif (count := ends_within(window, every, MAX_WINDOWS_AT_ONCE + 1)) > MAX_WINDOWS_AT_ONCE:
        often = f", not {count:,}" if isinstance(every, Span) else ""
        yield f"A window may end at most {MAX_WINDOWS_AT_ONCE} times within the window{often}: choose a longer one."


def _check_metric(metric: str) -> Iterator[tuple[str, str]]:
    if metric != AUTO and metric not in METRICS:
        known = ", ".join(METRICS)
        yield "performance.metric", f"There is no metric {metric[:40]!r}: write auto (the model's own), or {known}."
