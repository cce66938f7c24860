"""Where the processes of one service on one machine meet to be counted together, and a worker's own `/metrics`.

To be used before anything imports `core.observability.metrics`: prometheus_client decides as it is imported.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


@contextmanager
def shared_metrics() -> Iterator[Path]:
    """Within it this process and those that it starts count together, in a folder that goes in the end; in the one that
    the environment names already, where it does."""
    named = os.environ.get(FOLDER_VARIABLE)
    if named:
        yield Path(named)
        return
    folder, owner = Path(tempfile.mkdtemp(prefix="nobrains-meters-")), os.getpid()
    os.environ[FOLDER_VARIABLE] = str(folder)
    try:
        yield folder
    finally:
        if os.getpid() == owner:  # And not one that it forked, which ends here, too.
            del os.environ[FOLDER_VARIABLE]
            shutil.rmtree(folder, ignore_errors=True)


def serve_metrics(port: int) -> None:
    """Tell this process's numbers at /metrics of that port, from a thread; on all addresses, as who asks is elsewhere.
    Raises OSError where the port is taken."""
    from prometheus_client import Metric, start_http_server
    from prometheus_client.registry import Collector

    from core.observability.metrics import collect

    class Now(Collector):
        """Whatever there is to read as somebody asks."""

        def collect(self) -> Iterable[Metric]:
            return collect().collect()

    start_http_server(port, registry=Now())
