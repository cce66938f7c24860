"""Say how an endpoint is watched, and read what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from ...http.polling import poll
from ...types.endpoints.monitoring import Alarm, Monitor, Window
from .request_log import EndpointRequestsResource


class EndpointMonitorResource(EndpointRequestsResource):
    """Group the calls about how an endpoint is."""

    def monitor(self) -> Monitor:
        """Return how the endpoint is watched, and how it is.

        Raises:
            NotFound: There is no endpoint of this name.
        """
        return Monitor.from_json(self._transport.fetch("GET", self._path("monitor")))

    def set_monitor(self, **settings: Any) -> Monitor:
        """Set how the endpoint is watched; what is not given is as by default.

        Args:
            settings: Such as window="6h", timezone="Europe/Berlin", drift={"share": 0.5}, enabled=False.

        Raises:
            NotFound: There is no endpoint of this name.
            ValidationFailed: A setting is unknown or unusable; the error names each.
        """
        return Monitor.from_json(self._transport.fetch("PUT", self._path("monitor"), json_body=settings))

    def windows(self, start: datetime | None = None, end: datetime | None = None) -> Iterator[Window]:
        """Yield the windows that end after `start` and by `end`, the newest first; None for any time.

        Raises:
            NotFound: There is no endpoint of this name.
        """
        times = {"from": _text(start), "to": _text(end)}
        return map(Window.from_json, self._transport.fetch_items(self._path("windows"), **times))

    def window(self, start: datetime | str | Window) -> Window:
        """Return one window with all that was found in it.

        Args:
            start: Its begin, its id, or a window of a list.

        Raises:
            NotFound: There is no such window.
        """
        name = start.id if isinstance(start, Window) else _text(start)
        return Window.from_json(self._transport.fetch("GET", self._path("windows", str(name))))

    def check_window(self, start: datetime, end: datetime, *, timeout_s: float | None = 600.0) -> Window:
        """Have a window worked out now, and wait for it.

        Args:
            start: Its begin, with a time zone.
            end: Its end.
            timeout_s: Maximum seconds to wait; None for as long as it takes.

        Raises:
            WaitTimedOut: It was not worked out in time.
            ValidationFailed: There can be no such window.
        """
        body = {"from": _text(start), "to": _text(end)}
        requested = Window.from_json(self._transport.fetch("POST", self._path("windows"), json_body=body))
        return poll(lambda: self.window(requested), timeout_s=timeout_s)

    def alarms(self) -> Iterator[Alarm]:
        """Yield the alarms, open and ended, the newest first.

        Raises:
            NotFound: There is no endpoint of this name.
        """
        return map(Alarm.from_json, self._transport.fetch_items(self._path("alarms")))


def _text(at: datetime | str | None) -> str | None:
    return at.isoformat() if isinstance(at, datetime) else at
