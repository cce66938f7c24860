"""Finding what speaks against a promotion: alarms of the endpoint's monitor, and requests that fail right now."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

from core.domain.endpoints import Endpoint
from core.domain.monitoring import Alarm
from core.monitoring.monitor_settings import DEFAULTS, complete
from core.monitoring.monitoring import Monitoring
from core.pipelines.followups.guard import (
    BEFORE,
    ERRORS,
    LOOKED_AT,
    MIN_FAILED,
    Failures,
    Objection,
    begun_since,
    kinds_of,
    object_to,
    object_to_failures,
)

PAGE = 50


class Objections:
    """Looks for them."""

    def __init__(self, monitoring: Monitoring) -> None:
        self.monitoring = monitoring

    def find(self, endpoint: Endpoint, names: Collection[str], since: str, at: datetime) -> Objection | None:
        """Return what speaks against a promotion, None if nothing does.

        Args:
            endpoint: the endpoint.
            names: kinds of alarms, or `performance`.
            since: when the promotion was made.
            at: the present time.
        """
        found = object_to(self.alarms_since(endpoint, since), kinds_of(names))
        if found is None and ERRORS in names:
            # A window of the monitor may end long after many requests have failed.
            found = self._failures(endpoint, datetime.fromisoformat(since), at)
        return found

    def alarms_since(self, endpoint: Endpoint, since: str) -> list[Alarm]:
        """Return the alarms that are about what came after a time, the newest first."""
        return begun_since(self._alarms(endpoint), since)

    def _alarms(self, endpoint: Endpoint) -> Iterator[Alarm]:
        page = self.monitoring.reviews.alarms(endpoint, PAGE)
        yield from page.items
        while page.next is not None:
            page = self.monitoring.reviews.alarms(endpoint, PAGE, page.next)
            yield from page.items

    def _failures(self, endpoint: Endpoint, since: datetime, at: datetime) -> Objection | None:
        # Failed requests are counted by the minute: that of the promotion is still in part the version before.
        begin = max(since.replace(second=0, microsecond=0) + timedelta(minutes=1), at - LOOKED_AT)
        failed = self._count(endpoint, begin, at)
        if failed.failed < MIN_FAILED:
            return None
        monitor = self.monitoring.monitors.find(endpoint)
        most = complete(monitor.settings if monitor else {})["traffic"]["errors"]
        before = self._count(endpoint, since - BEFORE, since)
        return object_to_failures(failed, before, DEFAULTS["traffic"]["errors"] if most is None else most)

    def _count(self, endpoint: Endpoint, start: datetime, end: datetime) -> Failures:
        traffic = self.monitoring.traffic
        failed = traffic.failed(endpoint, start, end) if end > start else 0
        return Failures(failed, traffic.count(endpoint, start, end) if failed >= MIN_FAILED else 0)
