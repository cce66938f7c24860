"""Looking at an endpoint when the time has come: which windows have ended, whether anybody calls, what labels came.

Each monitor has one `due` row. Whoever sweeps does, in this order: ask for the windows that have ended, write the next
`due` row, write the monitor that names it, delete the `due` row that led here. A crash anywhere repeats what is
there; of two sweepers one writes the monitor. Wall clocks say only whether something is due: the windows themselves
follow from the settings, so that sweepers whose clocks are apart ask for the same ones.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from core.domain.endpoints import Endpoint
from core.domain.ids import now, rfc3339, wall_clock
from core.domain.monitoring import Monitor
from core.domain.records import Json
from core.endpoints.endpoint_rows import EndpointRows
from core.monitoring.alarms import Verdict, revise
from core.monitoring.monitor_rows import MonitorRows, due_of
from core.monitoring.monitor_settings import complete, schedule_of, silent_for
from core.monitoring.reviews import Reviews
from core.monitoring.spans import HOUR, MAX_CLOCKS_CHANGE, MAX_DAYS, next_tick
from core.monitoring.traffic import Traffic
from core.monitoring.window_schedule import WindowSchedule
from core.monitoring.windows import SETTLED_AFTER, Windows
from core.storage import due_rows
from core.storage.due_rows import Due

MAX_CAUGHT_UP = 24
"""Windows that are asked for at once when their time has long come, as after a time without a sweeper: the newest."""
MIN_FAILED = 5
"""Requests that must have failed before there is an alarm."""
LABELS_EVERY = timedelta(minutes=59)
KEYS_LOOKED_BACK = 7
"""Windows before labels that name keys in which the predictions are looked for that they may be for."""


@dataclass(frozen=True)
class Ended:
    """A window that has ended, and the traffic in it."""

    start: datetime
    end: datetime
    rows: int


class Pulses:
    """Looks at endpoints that are due."""

    def __init__(
        self, endpoints: EndpointRows, monitors: MonitorRows, windows: Windows, reviews: Reviews, traffic: Traffic,
        window_days: int, clock: Callable[[], datetime] = wall_clock,
    ) -> None:  # fmt: skip
        self.tables = monitors.tables
        self.endpoints = endpoints
        self.monitors = monitors
        self.windows = windows
        self.reviews = reviews
        self.traffic = traffic
        self.window_days = window_days
        self.clock = clock

    def fire(self, due: Due) -> None:
        """Look at the endpoint of a `due` row; one that the monitor does not name is deleted."""
        endpoint = self.endpoints.find(due.user_id, due.id)
        raw, monitor = (None, None) if endpoint is None else self.monitors.read(endpoint)
        if endpoint is None or monitor is None or monitor.next_at != due.at:
            due_rows.delete(self.tables, due)
            return
        after = self._look(endpoint, monitor)
        due_rows.put(self.tables, due_of(after))
        if self.monitors.write(after, raw):
            if after.next_at != due.at:
                due_rows.delete(self.tables, due)
            self.reviews.send(endpoint)

    def ensure(self, endpoint: Endpoint) -> Monitor:
        """Return the monitor of an endpoint, which is made if it is missing."""
        return self.monitors.ensure(endpoint, self.next_at(schedule_of(complete({})), self.clock()))

    def next_at(self, schedule: WindowSchedule, at: datetime) -> str:
        """Return when to look next: once a window has ended and settled, and each hour."""
        settled = at.astimezone(UTC) - SETTLED_AFTER
        following = min(schedule.next_end(settled), next_tick(HOUR, schedule.zone, settled))
        return rfc3339(following + SETTLED_AFTER)

    def _look(self, endpoint: Endpoint, monitor: Monitor) -> Monitor:
        """Return the monitor as it is once the endpoint was looked at."""
        at, settings = self.clock(), complete(monitor.settings)
        schedule = schedule_of(settings)
        monitor = replace(monitor, next_at=due_rows.minute_of(self.next_at(schedule, at)))
        settled = at - SETTLED_AFTER
        if not settings["enabled"] or not self.traffic.is_kept(endpoint):
            return replace(monitor, ended=rfc3339(settled))
        for ended in self._ended(monitor, schedule, endpoint, settled, settings["min_rows"]):
            monitor = self._note(endpoint, monitor, ended, settings)
        monitor = self._labels(endpoint, monitor, schedule, at)
        if monitor.cleaned_on != (today := rfc3339(at)[:10]):
            self.windows.delete_old(endpoint, schedule, at, self.window_days)
            self.traffic.failures.delete_before(endpoint, at - timedelta(days=MAX_DAYS))
            monitor = replace(monitor, cleaned_on=today)
        return monitor

    def _ended(
        self, monitor: Monitor, schedule: WindowSchedule, endpoint: Endpoint, settled: datetime, enough: int
    ) -> list[Ended]:
        """Return the windows that have ended since the last time, with as many requests as it takes to count them."""
        since = datetime.fromisoformat(monitor.ended or monitor.created_at)
        found = []
        for end in schedule.newest_ends(since, settled, MAX_CAUGHT_UP):
            start = schedule.start(end)
            found.append(Ended(start, end, self.traffic.count(endpoint, start, end, enough)))
        return found

    def _note(self, endpoint: Endpoint, monitor: Monitor, ended: Ended, settings: Json) -> Monitor:
        """Ask for a window that has ended, and say what its traffic tells."""
        enough = settings["min_rows"]
        if ended.rows >= enough:
            self.windows.request(endpoint, ended.start, ended.end, "schedule", labels_seen=monitor.labels_seen)
        elif ended.rows:
            self.windows.note(endpoint, ended.start, ended.end, ended.rows, too_few(ended.rows, enough))
        if ended.rows:
            newest = self.traffic.newest(endpoint) or monitor.last_request_at
            monitor = replace(monitor, last_request_at=newest, is_busy=ended.rows >= enough)
        failed = self.traffic.failed(endpoint, ended.start, ended.end)
        verdicts = {
            "silence": _silence(monitor, ended, settings),
            "errors": self._errors(endpoint, ended, failed, settings),
        }
        last = {"from": rfc3339(ended.start), "to": rfc3339(ended.end), "rows": ended.rows, "failed": failed}
        return replace(revise(monitor, verdicts, now()), ended=rfc3339(ended.end), last=last)

    def _errors(self, endpoint: Endpoint, ended: Ended, failed: int, settings: Json) -> Verdict | None:
        """Return whether too large a share of the requests in a window failed; None for too few requests."""
        most = settings["traffic"]["errors"]
        if most is None:
            return Verdict(False, rfc3339(ended.end))
        if ended.rows + failed < settings["min_rows"]:
            return None
        rows = self.traffic.count(endpoint, ended.start, ended.end) if failed else ended.rows
        share = failed / (rows + failed)
        is_open = failed >= MIN_FAILED and share > most
        detail = f"{failed:,} of {rows + failed:,} requests failed: {share:.1%}, more than {most:.1%}."
        return Verdict(is_open, rfc3339(ended.end), 1, detail, {"failed": failed, "answered": rows, "share": share})

    def _labels(self, endpoint: Endpoint, monitor: Monitor, schedule: WindowSchedule, at: datetime) -> Monitor:
        """Ask once more for the windows that labels have come for: of those that follow one another."""
        if monitor.labels_at and at - datetime.fromisoformat(monitor.labels_at) < LABELS_EVERY:
            return monitor
        arrived = self.traffic.labels_since(endpoint, monitor.labels_seen)
        if arrived is None:
            return replace(monitor, labels_at=rfc3339(at))
        newest = datetime.fromisoformat(monitor.ended or monitor.created_at)
        length = timedelta(minutes=schedule.window.total_minutes)
        ends: set[datetime] = set()
        for first, last in arrived.times:
            first = first or last - KEYS_LOOKED_BACK * length
            until = min(newest, last + length + MAX_CLOCKS_CHANGE)
            begin = max(first, until - (MAX_CAUGHT_UP + 1) * length)
            ends.update(end for end in schedule.main_ends(begin, until) if schedule.start(end) <= last)
        for end in sorted(ends)[-MAX_CAUGHT_UP:]:
            start = schedule.start(end)
            if self.windows.rows.find(endpoint, start, end):
                self.windows.request(endpoint, start, end, "labels", labels_seen=arrived.seen)
        return replace(monitor, labels_at=rfc3339(at), labels_seen=arrived.seen)


def too_few(rows: int, enough: int) -> str:
    """Return in words why a window was not looked into."""
    return f"{rows:,} requests are too few to tell anything by: `min_rows` is {enough:,}."


def _silence(monitor: Monitor, ended: Ended, settings: Json) -> Verdict | None:
    """Return whether nobody calls an endpoint that had enough requests before."""
    longest = silent_for(settings)
    last = monitor.last_request_at
    if longest is None or last is None or not monitor.is_busy:
        return Verdict(False, rfc3339(ended.end))
    silent = ended.end - datetime.fromisoformat(last)
    if silent < longest:
        return Verdict(False, max(last, rfc3339(ended.start)))
    hours = silent.total_seconds() / 3600
    figures = {"last_request_at": last, "hours": round(hours, 1)}
    return Verdict(True, last, 1, f"No requests for {hours:,.0f} hours.", figures)
