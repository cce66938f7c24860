"""Monitoring, put together over the parts of the service that it rests on."""

from __future__ import annotations

from core.monitoring.failed_requests import FailedRequests
from core.monitoring.monitor_rows import MonitorRows
from core.monitoring.monitoring import Monitoring
from core.monitoring.pulses import Pulses
from core.monitoring.reviews import Notifies, Reviews
from core.monitoring.traffic import Traffic
from core.monitoring.window_rows import WindowRows
from core.monitoring.windows import Windows
from core.requests.labels import Labels
from core.requests.request_log import RequestLog
from core.settings import Settings
from core.tasks.lifecycle import TaskLifecycle


def make_monitoring(
    requests: RequestLog, labels: Labels, work: TaskLifecycle, notifications: Notifies, settings: Settings
) -> Monitoring:
    """Return the use cases around monitoring."""
    tables = requests.tables
    monitors, window_rows = MonitorRows(tables), WindowRows(tables)
    windows = Windows(window_rows, work)
    reviews = Reviews(monitors, window_rows, notifications)
    traffic = Traffic(requests, labels, FailedRequests(tables))
    pulses = Pulses(requests.endpoints, monitors, windows, reviews, traffic, settings.window_days)
    return Monitoring(requests.endpoints, monitors, windows, reviews, pulses, traffic, requests.blobs)
