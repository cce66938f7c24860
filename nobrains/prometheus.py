"""The metrics folder that the processes of one service on one machine share, and a worker's own `/metrics`.

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
    """Have this process and those that it starts count together, within the context.

    The numbers are kept in a folder that is deleted in the end, or in the one that the environment already names.
    """
    named = os.environ.get(FOLDER_VARIABLE)
    if named:
        yield Path(named)
        return
    folder, owner = Path(tempfile.mkdtemp(prefix="nobrains-meters-")), os.getpid()
    os.environ[FOLDER_VARIABLE] = str(folder)
    try:
        yield folder
    finally:
        if os.getpid() == owner:  # Not in a process that it forked, which ends here, too.
            del os.environ[FOLDER_VARIABLE]
            shutil.rmtree(folder, ignore_errors=True)


def serve_metrics(port: int) -> None:
    """Serve this process's numbers at /metrics of that port, from a thread.

    On all addresses, as the scraper is elsewhere. Raises OSError if the port is taken.
    """
    from prometheus_client import Metric, start_http_server
    from prometheus_client.registry import Collector

    from core.observability.metrics import collect

    class Now(Collector):
        """A collector that reads its values at each scrape."""

        def collect(self) -> Iterable[Metric]:
            return collect().collect()

    start_http_server(port, registry=Now())
