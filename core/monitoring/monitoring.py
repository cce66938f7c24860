"""Use cases around the monitoring of endpoints: how each is watched, its windows, its alarms, how it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from core.domain.endpoints import CHAMPION, Endpoint
from core.domain.ids import now, rfc3339
from core.domain.monitoring import Alarm, Health, Monitor, Window
from core.domain.records import Json
from core.endpoints.endpoint_rows import EndpointRows, changed_meanwhile
from core.errors import Invalid, NotFound
from core.monitoring.alarms import end_all, health_of
from core.monitoring.monitor_rows import MonitorRows, baselines_prefix, due_of
from core.monitoring.monitor_settings import check_settings, complete, schedule_of
from core.monitoring.pulses import Pulses
from core.monitoring.reviews import Reviews
from core.monitoring.spans import MAX_DAYS
from core.monitoring.traffic import Traffic
from core.monitoring.window_rows import times_of
from core.monitoring.windows import Windows
from core.ports import Blobs
from core.storage import blob_intents, due_rows
from core.storage.rows import Page


@dataclass(frozen=True)
class Status:
    """How an endpoint is: its health, open alarms, and figures of the last window, if it has had one."""

    health: Health
    alarms: list[Json]
    last_window: Json | None


class Monitoring:
    """Monitors of a user's endpoints."""

    def __init__(
        self, endpoints: EndpointRows, monitors: MonitorRows, windows: Windows, reviews: Reviews, pulses: Pulses,
        traffic: Traffic, blobs: Blobs,
    ) -> None:  # fmt: skip
        self.endpoints = endpoints
        self.monitors = monitors
        self.windows = windows
        self.reviews = reviews
        self.pulses = pulses
        self.traffic = traffic
        self.blobs = blobs

    def get(self, user_id: str, name: str) -> Monitor:
        """Return the monitor of an endpoint; raises NotFound."""
        return self.pulses.ensure(self.endpoints.get(user_id, name))

    def put(self, user_id: str, name: str, settings: Mapping[str, Any], if_revision: int | None = None) -> Monitor:
        """Set how an endpoint is watched; what is not given is as by default.

        Alarms of an endpoint that is watched no more end. Windows of the new kind begin with the next that ends.

        Raises NotFound, Invalid BAD_MONITOR, PreconditionFailed.
        """
        check_settings(settings)
        endpoint = self.endpoints.get(user_id, name)
        self.pulses.ensure(endpoint)
        every, at = complete(settings), self.pulses.clock()
        next_at = self.pulses.next_at(schedule_of(every), at)

        def altered(monitor: Monitor) -> Monitor:
            if if_revision not in (None, monitor.revision):
                raise changed_meanwhile(name)
            due_rows.put(self.monitors.tables, due_of(monitor, next_at))
            watched = monitor if every["enabled"] else end_all(monitor, now())
            was_off = not complete(monitor.settings)["enabled"]
            return replace(
                watched, settings=dict(settings), revision=monitor.revision + 1, next_at=due_rows.minute_of(next_at),
                ended=rfc3339(at) if was_off else monitor.ended,
            )  # fmt: skip

        monitor = self.monitors.update(endpoint, altered)
        if monitor is None:
            raise NotFound("endpoint", name)
        self.reviews.send(endpoint)
        return monitor

    def status(self, endpoint: Endpoint, monitor: Monitor | None) -> Status:
        """Return how an endpoint is, by what is known of it without another read."""
        is_served = CHAMPION in endpoint.aliases
        health = health_of(monitor, is_served=is_served, is_logged=self.traffic.is_kept(endpoint))
        if monitor is None:
            return Status(health, [], None)
        return Status(health, list(monitor.alarms.values()), monitor.figures)

    def statuses(self, endpoints: Sequence[Endpoint]) -> dict[str, Status]:
        """Return how each of a user's endpoints is, by its name, with one read for all of them."""
        monitors = self.monitors.find_all(endpoints)
        return {each.name: self.status(each, monitors.get(each.name)) for each in endpoints}

    def request_window(self, user_id: str, name: str, from_: datetime, to: datetime) -> Window:
        """Have a window worked out now; one that is asked for again is the same.

        It is worked out again if requests were still coming in, it failed, or labels have come since.

        Raises NotFound, Invalid BAD_WINDOW.
        """
        endpoint = self.endpoints.get(user_id, name)
        start, end = _whole_seconds(from_, to)
        if not self.traffic.is_kept(endpoint):
            detail = "The requests of this endpoint are not kept, so there is nothing to look at: see its `log`."
            raise Invalid("BAD_WINDOW", detail)
        seen = self.traffic.labels_seen(endpoint)
        return self.windows.request(endpoint, start, end, "request", labels_seen=seen, urgent=True)

    def window(self, user_id: str, name: str, start: str) -> tuple[Endpoint, Window]:
        """Return a window by its begin or its id; raises NotFound."""
        endpoint = self.endpoints.get(user_id, name)
        window = None
        if times := times_of(start):
            window = self.windows.rows.find(endpoint, *times)
        elif (begin := _time(start)) is not None:
            schedule = schedule_of(complete((self.monitors.find(endpoint) or self.get(user_id, name)).settings))
            likely = begin + timedelta(minutes=schedule.window.total_minutes)
            window = self.windows.rows.starting(endpoint, begin, likely)
        if window is None:
            raise NotFound("window", start[:100])
        return endpoint, window

    def page(
        self, user_id: str, name: str, from_: datetime | None, to: datetime | None, size: int, after: str | None = None
    ) -> Page[Window]:
        """Return a page of the windows that end after `from_` and by `to`, the newest first. Raises NotFound."""
        return self.windows.rows.page(self.endpoints.get(user_id, name), from_, to, size, after)

    def alarms(self, user_id: str, name: str, size: int, after: str | None = None) -> Page[Alarm]:
        """Return a page of an endpoint's alarms, the newest first. Raises NotFound."""
        return self.reviews.alarms(self.endpoints.get(user_id, name), size, after)

    def forget_baselines(self, endpoint: Endpoint) -> None:
        """Delete what stands in for references: copies of requests. The next full window takes their place."""
        self.monitors.update(endpoint, lambda monitor: replace(monitor, baselines={}) if monitor.baselines else None)
        blob_intents.delete_blobs(self.blobs, baselines_prefix(endpoint.user_id, endpoint.id))

    def erase(self, user_id: str, name: str, endpoint_id: str) -> None:
        """Delete monitor, tasks and blobs of an endpoint that is gone; other rows go with all others of its name."""
        self.monitors.delete(user_id, name, endpoint_id)
        self.windows.delete_tasks(user_id, name, endpoint_id)
        blob_intents.delete_blobs(self.blobs, baselines_prefix(user_id, endpoint_id))


def _whole_seconds(from_: datetime, to: datetime) -> tuple[datetime, datetime]:
    """Return the window in whole seconds, no shorter than it was; raises Invalid BAD_WINDOW."""
    start = from_.astimezone(UTC).replace(microsecond=0)
    end = to.astimezone(UTC)
    if end.microsecond:
        end = end.replace(microsecond=0) + timedelta(seconds=1)
    if end <= start:
        raise _bad("to", "A window ends after it begins: `to` must be later than `from`.")
    if end - start > timedelta(days=MAX_DAYS):
        raise _bad("from", f"A window is {MAX_DAYS} days long at most.")
    if start.year < 2000 or end.year > 2200:
        raise _bad("from", "There were no requests then.")
    return start, end


def _bad(field: str, detail: str) -> Invalid:
    return Invalid("BAD_WINDOW", f"{field}: {detail}", [{"field": field, "detail": detail}])


def _time(text: str) -> datetime | None:
    """Return the time that the text says, UTC where it names no zone; None if it says none."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
