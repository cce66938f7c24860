"""Serve /metrics: the numbers of all processes that share them, and how much work there is.

The numbers come from `core.observability.metrics`, the work from `core.observability.backlog`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from functools import lru_cache

from flask import Flask, Response, g, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from api.context import current_service
from api.middleware.auth import public
from api.middleware.endpoint_metrics import CachedFigures, EndpointCollector
from core.domain.states import QUEUED, RUNNING
from core.observability.backlog import Backlog, measure_backlog
from core.observability.metrics import HTTP_REQUESTS, HTTP_SECONDS, IN_FLIGHT, exposition
from core.ports import Ports

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
NOT_IN_FLIGHT = frozenset({"metrics", "health.healthz", "health.readyz"})
"""Views that say how a process is: what is asked by them must not change with the asking."""
FRESH_S = 2.0
"""Seconds for which a scan of the tables is kept: however many scrape, they are scanned no more often."""


def register_metrics(app: Flask) -> None:
    """Count and time every request, and serve the numbers at /metrics."""
    counted, figures = CachedBacklog(), CachedFigures()

    @public
    def metrics() -> Response:
        now = CollectorRegistry()
        service = current_service()
        now.register(BacklogCollector(counted.backlog(service.ports), sorted(service.kinds)))
        now.register(EndpointCollector(figures.figures(service.ports.tables)))
        return Response(exposition() + generate_latest(now), content_type=CONTENT_TYPE_LATEST)

    app.before_request(_begin)
    app.teardown_request(_end)
    app.after_request(_count)
    app.add_url_rule("/metrics", "metrics", metrics)


def _begin() -> None:
    if request.endpoint not in NOT_IN_FLIGHT:
        IN_FLIGHT.inc()
        g.in_flight = True


def _end(_: BaseException | None) -> None:
    if g.pop("in_flight", False):
        IN_FLIGHT.dec()


def _count(response: Response) -> Response:
    # The route, not the path, and only known methods: labels that a caller chooses would fill the memory.
    route = request.url_rule.rule if request.url_rule else "unmatched"
    method = request.method if request.method in METHODS else "other"
    requests, seconds = _meters(method, route, response.status_code)
    requests.inc()
    seconds.observe(time.monotonic() - g.started)
    return response


@lru_cache(maxsize=4096)
def _meters(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    """Return the counter and the timer of such answers: finding them by their labels takes longer than counting."""
    return HTTP_REQUESTS.labels(method, route, str(status)), HTTP_SECONDS.labels(method, route)


class CachedBacklog:
    """The last backlog, while it is fresh."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.last = Backlog()
        self.until = 0.0

    def backlog(self, ports: Ports) -> Backlog:
        """Return the backlog of this moment, or of one not long ago."""
        with self.lock:
            if time.monotonic() >= self.until:
                self.last = measure_backlog(ports)
                self.until = time.monotonic() + FRESH_S
            return self.last


class BacklogCollector(Collector):
    """The backlog as metrics. Every process reports the same: take the largest, not the sum."""

    def __init__(self, backlog: Backlog, kinds: Iterable[str]) -> None:
        self.backlog = backlog
        self.kinds = kinds

    def collect(self) -> Iterator[Metric]:
        reached = GaugeMetricFamily("nobrains_reached", "Whether a back end could be asked: 1, or 0.", labels=["part"])
        for part, well in self.backlog.reachable.items():
            reached.add_metric([part], float(well))
        yield reached
        if self.backlog.reachable.get("tables"):
            work = GaugeMetricFamily("nobrains_work", "Pieces of work that are not over.", labels=["kind", "state"])
            oldest = GaugeMetricFamily(
                "nobrains_oldest_queued_seconds", "Age of the oldest that is queued; 0 where none is.", labels=["kind"]
            )
            for kind in self.kinds:
                oldest.add_metric([kind], self.backlog.oldest_s.get(kind, 0.0))
                for state in (QUEUED, RUNNING):
                    work.add_metric([kind, state], self.backlog.work[kind, state])
            yield from (work, oldest)
        if self.backlog.reachable.get("queue"):
            depth = GaugeMetricFamily("nobrains_queue_depth", "Messages ready to be taken.", labels=["queue"])
            for queue, count in self.backlog.depths.items():
                depth.add_metric([queue], count)
            yield depth
