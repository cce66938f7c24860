"""Work out a window of an endpoint's requests, in the child."""

from __future__ import annotations

from pathlib import Path

from worker.child.pipe import Pipe
from worker.messages.of_kept_requests import MonitorRequest, MonitorResult


def monitor(request: MonitorRequest, folder: Path, pipe: Pipe) -> MonitorResult:
    """Write what is to be said of the window."""
    # Not in every child that is started: it takes DuckDB.
    from worker.child.measurements.window import describe

    return describe(request, folder)
