"""Prometheus metrics of the HTTP side. One registry per app: one process serves with threads."""

from __future__ import annotations

import time

from flask import Flask, Response, g, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    GC_COLLECTOR,
    PLATFORM_COLLECTOR,
    PROCESS_COLLECTOR,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)

from api.auth import public

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def register_metrics(app: Flask) -> None:
    """Count and time every request, and serve the numbers at /metrics."""
    registry = CollectorRegistry()
    for collector in (PROCESS_COLLECTOR, PLATFORM_COLLECTOR, GC_COLLECTOR):
        registry.register(collector)
    labels = ["method", "route"]
    requests = Counter("nobrains_http_requests", "Requests.", [*labels, "status"], registry=registry)
    seconds = Histogram("nobrains_http_request_seconds", "Until the answer begins.", labels, registry=registry)

    def count(response: Response) -> Response:
        # The route, not the path, and only known methods: labels that a caller chooses would fill the memory.
        route = request.url_rule.rule if request.url_rule else "unmatched"
        method = request.method if request.method in METHODS else "other"
        requests.labels(method, route, str(response.status_code)).inc()
        seconds.labels(method, route).observe(time.monotonic() - g.started)
        return response

    @public
    def metrics() -> Response:
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

    app.after_request(count)
    app.add_url_rule("/metrics", "metrics", metrics)
