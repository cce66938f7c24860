"""What follows once windows are worked out: alarms that begin and end, the endpoint's figures, and who is told.

Alarms, and the events that are to be sent of them, are decided by one write of the monitor's row. Events are sent after
it, each under an id of its own, and crossed out once they are: a crash in between sends them again, and nobody is told
twice of the same.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from typing import Any, Protocol

from core.domain.endpoints import Endpoint
from core.domain.ids import now
from core.domain.monitoring import Alarm, Monitor, Window
from core.domain.records import Json
from core.monitoring.alarms import MAX_LOOKED_BACK, RAISED, SECTIONS, judge, needed, revise
from core.monitoring.monitor_rows import MonitorRows
from core.monitoring.monitor_settings import complete
from core.monitoring.window_rows import WindowRows
from core.storage import rows
from core.storage.rows import Page


class Notifies(Protocol):
    """Whatever tells a user's programs and addresses of an event."""

    def emit(
        self, user_id: str, type: str, data: Json, *, id: str, endpoint: str | None = None, to: Collection[str] = ()
    ) -> None:
        """Tell of it, once however often it is called with the id."""


class Reviews:
    """Raises and ends the alarms of endpoints."""

    def __init__(self, monitors: MonitorRows, windows: WindowRows, notifications: Notifies) -> None:
        self.tables = monitors.tables
        self.monitors = monitors
        self.windows = windows
        self.notifications = notifications
        self.listeners: list[Callable[[Endpoint, Json], None]] = []
        """What hears of each alarm that begins; called again where a crash comes between."""

    def review(self, endpoint: Endpoint) -> None:
        """Raise and end alarms by the newest windows, and tell of them. May be done twice."""

        def reviewed(monitor: Monitor) -> Monitor | None:
            settings = complete(monitor.settings)
            recent = _Remembered(self._judged(endpoint))
            verdicts = {kind: judge(kind, recent, needed(kind, settings)) for kind in SECTIONS}
            after = revise(monitor, verdicts, now()) if settings["enabled"] else monitor
            after = replace(after, figures=_figures(recent) or monitor.figures)
            return None if after == monitor else after

        self.monitors.update(endpoint, reviewed)
        self.send(endpoint)

    def _judged(self, endpoint: Endpoint) -> Iterator[Window]:
        """Yield the windows that count for alarms, the newest first."""
        return (each for each in self.windows.newest_first(endpoint) if each.scheduled and each.worked_revision)

    def send(self, endpoint: Endpoint) -> None:
        """Send events that are decided: write the alarms down, tell of them, and cross them out."""
        monitor = self.monitors.find(endpoint)
        if monitor is None or not monitor.unsent:
            return
        settings = complete(monitor.settings)
        for event in monitor.unsent:
            self._record(rows.from_json(Alarm, event["alarm"]))
            id = f"{event['type']}/{event['alarm']['id']}"
            self.notifications.emit(
                endpoint.user_id, event["type"], shown_alarm(event["alarm"]), id=id, endpoint=endpoint.name,
                to=[*settings["notify"], *settings["email"]],
            )  # fmt: skip
            if event["type"] == RAISED:
                for listener in self.listeners:
                    listener(endpoint, event["alarm"])
        sent = monitor.unsent
        self.monitors.update(
            endpoint, lambda found: replace(found, unsent=[each for each in found.unsent if each not in sent])
        )

    def _record(self, alarm: Alarm) -> None:
        """Write the alarm down; one that has ended stays as it is."""
        key = rows.key("alarm", alarm.user_id, alarm.endpoint, alarm.id)
        rows.update(self.tables, key, Alarm, lambda known: None if known and known.ended_at else alarm)

    def alarms(self, endpoint: Endpoint, size: int, after: str | None = None) -> Page[Alarm]:
        """Return a page of the endpoint's alarms, the newest first."""
        start = rows.prefix("alarm", endpoint.user_id, endpoint.name)
        return rows.page_where(self.tables, Alarm, start, size, after, lambda alarm: alarm.endpoint_id == endpoint.id)


def shown_alarm(alarm: Json) -> Json:
    """Return an alarm as its owner sees it."""
    names = ("id", "kind", "since", "began_at", "windows", "detail", "figures", "until", "ended_at")
    return {name: alarm[name] for name in names}


class _Remembered:
    """Windows that are read as far as somebody looks, and once."""

    def __init__(self, windows: Iterator[Window]) -> None:
        self._coming = windows
        self._read: list[Window] = []

    def __iter__(self) -> Iterator[Window]:
        number = 0
        while number <= MAX_LOOKED_BACK:
            if number == len(self._read):
                following = next(self._coming, None)
                if following is None:
                    return
                self._read.append(following)
            yield self._read[number]
            number += 1


def _figures(recent: Iterable[Window]) -> Json | None:
    """Return the figures of the newest window; the realised performance of the newest that has labels."""
    newest: Window | None = None
    realised: Any = None
    for window in recent:
        newest = newest or window
        performance = window.summary.get("performance") or {}
        if performance.get("realised"):
            realised = {**performance["realised"], "to": window.end}
            break
    return None if newest is None else figures_of(newest, realised)


def figures_of(window: Window, realised: Json | None = None) -> Json:
    """Return the figures of a window in short."""
    inputs = window.summary.get("inputs") or {}
    performance = window.summary.get("performance") or {}
    return {
        "from": window.start,
        "to": window.end,
        "rows": window.rows,
        "labelled": window.labelled,
        "drift_share": inputs.get("weighted_share"),
        "drifted": inputs.get("drifted"),
        "metric": performance.get("metric"),
        "reference": performance.get("reference"),
        "estimated": performance.get("estimated"),
        "realised": realised or performance.get("realised"),
    }
