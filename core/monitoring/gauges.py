"""Figures of endpoints for the operator's metrics: of so many of them that there are at most 1,000 series."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from core.domain.monitoring import Monitor
from core.ports import Tables
from core.storage import rows

MAX_ENDPOINTS = 300
MAX_SCANNED = 3000


@dataclass(frozen=True)
class EndpointFigures:
    """Figures of the last window of an endpoint; None where there are none."""

    user_id: str
    endpoint: str
    drift_share: float | None
    estimated: float | None
    realised: float | None


def endpoint_figures(tables: Tables) -> Iterator[EndpointFigures]:
    """Yield the figures of the first endpoints that have any, in the order of their accounts."""
    count = 0
    for looked, row in enumerate(rows.scan_all(tables, "monitor#"), 1):
        monitor = rows.load(Monitor, row.value)
        if monitor.figures is not None:
            yield _figures(monitor, monitor.figures)
            count += 1
        if count == MAX_ENDPOINTS or looked == MAX_SCANNED:
            return


def _figures(monitor: Monitor, figures: dict[str, object]) -> EndpointFigures:
    share = figures.get("drift_share")
    return EndpointFigures(
        monitor.user_id, monitor.endpoint, share if isinstance(share, float | int) else None,
        _value(figures.get("estimated")), _value(figures.get("realised")),
    )  # fmt: skip


def _value(score: object) -> float | None:
    value = score.get("value") if isinstance(score, dict) else None
    return value if isinstance(value, float | int) else None
