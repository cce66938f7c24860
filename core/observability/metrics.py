"""The service's metrics, for Prometheus: counters and timers, in every process.

If `PROMETHEUS_MULTIPROC_DIR` names a folder as the process starts (see `nobrains.prometheus`), each process that shares
it reports all of them together; otherwise each reports its own only. docs/monitoring.md says what each means.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from prometheus_client import (
    GC_COLLECTOR,
    PLATFORM_COLLECTOR,
    PROCESS_COLLECTOR,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
REQUEST_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120)
PREDICT_BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30)
TRIAL_BUCKETS_S = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800)

REGISTRY = CollectorRegistry()

HTTP_REQUESTS = Counter(
    "nobrains_http_requests", "Requests answered.", ["method", "route", "status"], registry=REGISTRY
)
HTTP_SECONDS = Histogram(
    "nobrains_http_request_seconds", "Until an answer begins.", ["method", "route"],
    buckets=REQUEST_BUCKETS_S, registry=REGISTRY,
)  # fmt: skip
IN_FLIGHT = Gauge(
    "nobrains_requests_in_flight", "Requests whose answer has not begun, but for probes and scrapes.",
    multiprocess_mode="livesum", registry=REGISTRY,
)  # fmt: skip
SCORED_MESSAGES = Counter(
    "nobrains_scored_messages", "Messages with rows to predict that are over.", ["outcome"], registry=REGISTRY
)
EVENTS_RECEIVED = Counter(
    "nobrains_events_received", "Events that were sent to pipelines, by what became of each.", ["state"],
    registry=REGISTRY,
)  # fmt: skip
DELIVERY_TRIES = Counter("nobrains_delivery_tries", "Tries to deliver a notification.", ["outcome"], registry=REGISTRY)
STREAMS = Gauge("nobrains_streams", "Open event streams.", multiprocess_mode="livesum", registry=REGISTRY)
PREDICT_SECONDS = Histogram(
    "nobrains_predict_seconds", "The model's own time for one request.", ["form"],
    buckets=PREDICT_BUCKETS_S, registry=REGISTRY,
)  # fmt: skip
SHADOW_PREDICTIONS = Counter(
    "nobrains_shadow_predictions", "Rows that shadow versions predicted: as the answer, otherwise, or not at all.",
    ["outcome"], registry=REGISTRY,
)  # fmt: skip
SHADOW_SKIPPED = Counter("nobrains_shadow_skipped", "Rows that shadow versions had no time for.", registry=REGISTRY)
REQUESTS_LOGGED = Counter("nobrains_requests_logged", "Rows of requests of endpoints that are kept.", registry=REGISTRY)
REQUESTS_NOT_LOGGED = Counter(
    "nobrains_requests_not_logged", "Rows that were to be kept, and could not.", ["why"], registry=REGISTRY
)
TRIAL_SECONDS = Histogram(
    "nobrains_trial_seconds", "Fitting time of a finished trial.", ["model"],
    buckets=TRIAL_BUCKETS_S, registry=REGISTRY,
)  # fmt: skip
WORK_ENDED = Counter("nobrains_work_ended", "Pieces of work that are over.", ["kind", "state"], registry=REGISTRY)
TAKEOVERS = Counter("nobrains_takeovers", "Work taken over from a silent worker.", ["kind"], registry=REGISTRY)
REPUBLISHED = Counter(
    "nobrains_republished", "Messages that the sweeper had to publish (again).", ["why"], registry=REGISTRY
)
DEAD_LETTERED = Counter("nobrains_dead_lettered", "Messages put aside.", ["queue"], registry=REGISTRY)

if FOLDER_VARIABLE not in os.environ:  # Such gauges can only describe the process that is scraped.
    for collector in (PROCESS_COLLECTOR, PLATFORM_COLLECTOR, GC_COLLECTOR):
        REGISTRY.register(collector)


def collect() -> CollectorRegistry:
    """Return the registry that a scrape of this process reports."""
    folder = os.environ.get(FOLDER_VARIABLE)
    if folder is None:
        return REGISTRY
    _forget_the_dead(Path(folder))
    together = CollectorRegistry()
    MultiProcessCollector(together, folder)  # type: ignore[no-untyped-call]
    return together


def exposition() -> bytes:
    """Return the metrics as Prometheus text."""
    return generate_latest(collect())


def _forget_the_dead(folder: Path) -> None:
    """Delete the gauges of dead processes, whatever ended them; their counters stay."""
    for file in folder.glob("gauge_live*_*.db"):
        pid = int(file.stem.rsplit("_", 1)[1])
        if not Path(f"/proc/{pid}").exists():
            with suppress(FileNotFoundError):
                file.unlink()
