"""Labels of many requests written together: whoever comes first waits a moment, and writes for all that came since."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from core.domain.endpoints import Endpoint
from core.requests.labels import Label

WAIT_S = 0.05
MAX_LABELS = 10_000
"""Labels of one group."""


@dataclass
class _Group:
    labels: list[Label] = field(default_factory=list)
    written: Future[bool] = field(default_factory=Future)


class GroupCommit:
    """Groups of labels that are being collected, one an endpoint. Safe from several threads.

    Args:
        write: keeps labels, durably on return; returns whether they count.
        wait_s: how long others are waited for.
    """

    def __init__(self, write: Callable[[Endpoint, Sequence[Label]], bool], wait_s: float = WAIT_S) -> None:
        self._write = write
        self._wait_s = wait_s
        self._lock = threading.Lock()
        self._groups: dict[str, _Group] = {}

    def add(self, endpoint: Endpoint, labels: Sequence[Label]) -> bool:
        """Return once the labels are durable, and whether they count. Raises what writing raises."""
        if len(labels) >= MAX_LABELS:
            return self._write(endpoint, labels)
        with self._lock:
            group = self._groups.get(endpoint.id)
            leads = group is None or len(group.labels) + len(labels) > MAX_LABELS
            if group is None or leads:
                group = self._groups[endpoint.id] = _Group()
            group.labels += labels
        if leads:
            time.sleep(self._wait_s)
            with self._lock:
                if self._groups.get(endpoint.id) is group:
                    del self._groups[endpoint.id]
            try:
                group.written.set_result(self._write(endpoint, group.labels))
            except BaseException as exc:
                group.written.set_exception(exc)
        return group.written.result()
