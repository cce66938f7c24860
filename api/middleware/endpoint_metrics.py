"""Figures of endpoints at /metrics: how far their inputs have drifted, and how well they do."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from core.errors import Unavailable
from core.monitoring.gauges import EndpointFigures, endpoint_figures
from core.ports import Tables

FRESH_S = 30.0
"""Seconds for which figures are kept, however many scrape: they change once in a window."""
GAUGES = {
    "drift_share": "Share of the inputs' importance that has drifted.",
    "estimated": "Performance of the last window, estimated without labels.",
    "realised": "Performance of the last window that has labels.",
}


class CachedFigures:
    """The last figures, while they are fresh."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.last: list[EndpointFigures] = []
        self.until = 0.0

    def figures(self, tables: Tables) -> list[EndpointFigures]:
        """Return the figures of this moment, or of one not long ago; none while the tables are away."""
        with self.lock:
            if time.monotonic() >= self.until:
                try:
                    self.last = list(endpoint_figures(tables))
                except Unavailable:
                    self.last = []
                self.until = time.monotonic() + FRESH_S
            return self.last


class EndpointCollector(Collector):
    """The figures as metrics. Every process reports the same: take the largest, not the sum."""

    def __init__(self, figures: list[EndpointFigures]) -> None:
        self.figures = figures

    def collect(self) -> Iterator[Metric]:
        for name, words in GAUGES.items():
            gauge = GaugeMetricFamily(f"nobrains_endpoint_{name}", words, labels=["user", "endpoint"])
            for each in self.figures:
                value = getattr(each, name)
                if value is not None:
                    gauge.add_metric([each.user_id, each.endpoint], value)
            yield gauge
