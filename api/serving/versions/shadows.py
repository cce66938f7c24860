"""Shadow versions: they predict what a champion has answered, on a pool of their own, and nobody waits for them.

What does not fit into the queue is skipped and counted. A shadow that hangs holds a thread of the pool; one that fails
is counted. Neither is seen by whoever sent the request.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import Full, Queue
from threading import Lock, Thread
from typing import Any

import structlog

from api.serving.row_predictions import Columns
from core.observability.metrics import SHADOW_PREDICTIONS, SHADOW_SKIPPED

log = structlog.get_logger(__name__)

THREADS = 2
MAX_JOBS = 256
MAX_BYTES = 64 << 20
"""Of the cells of all rows that wait: a request may have 8 MiB of them."""
SAME_NUMBER = 0.01
"""Predicted numbers agree if they differ by no more than this part of the larger one."""
CELL_BYTES = 64
LOG_EVERY_S = 10.0


@dataclass(frozen=True)
class ShadowJob:
    """Rows that a shadow version is to predict as well.

    Attributes:
        predict: the shadow's predictions of the rows.
        columns: the rows' cells.
        expected: what has been answered, one a row.
    """

    predict: Callable[[Columns], Sequence[Any]]
    columns: Columns
    expected: Sequence[Any]

    @property
    def size_bytes(self) -> int:
        """About what the cells take in memory."""
        cells = (cell for column in self.columns.values() for cell in column)
        return sum(CELL_BYTES + (len(cell) if isinstance(cell, str) else 0) for cell in cells)


class ShadowPool:
    """Threads that predict for shadows, and their queue. Safe from several threads."""

    def __init__(self, threads: int = THREADS, max_jobs: int = MAX_JOBS, max_bytes: int = MAX_BYTES) -> None:
        self._threads = threads
        self._max_bytes = max_bytes
        self._queue: Queue[tuple[ShadowJob, int]] = Queue(max_jobs)
        self._lock = Lock()
        self._waiting_bytes = 0
        self._started = False
        self._log_at_s = 0.0

    def offer(self, job: ShadowJob) -> None:
        """Queue the job, or skip it where there is no room. Never waits."""
        size_bytes = job.size_bytes
        with self._lock:
            fits = self._waiting_bytes + size_bytes <= self._max_bytes
            if fits:
                self._waiting_bytes += size_bytes
            if not self._started:  # Only a process that has shadows gets their threads.
                self._started = True
                for _ in range(self._threads):
                    Thread(target=self._work, name="shadow", daemon=True).start()
        try:
            if not fits:
                raise Full
            self._queue.put_nowait((job, size_bytes))
        except Full:
            SHADOW_SKIPPED.inc(len(job.expected))
            if fits:
                self._release(size_bytes)

    def _release(self, size_bytes: int) -> None:
        with self._lock:
            self._waiting_bytes -= size_bytes

    def _log(self, exc: Exception) -> None:
        """Log the failure, unless another has just been: the metrics count all of them."""
        now_s = time.monotonic()
        if now_s >= self._log_at_s:
            self._log_at_s = now_s + LOG_EVERY_S
            log.warning("shadow.failed", error=f"{type(exc).__name__}: {exc}"[:300])

    def _work(self) -> None:
        while True:
            job, size_bytes = self._queue.get()
            try:
                count_agreement(job.expected, job.predict(job.columns))
            except Exception as exc:
                SHADOW_PREDICTIONS.labels("failed").inc(len(job.expected))
                self._log(exc)
            finally:
                del job  # a thread that waits for the next one keeps no rows
                self._release(size_bytes)


def count_agreement(expected: Sequence[Any], predicted: Sequence[Any]) -> None:
    """Count the rows of which both say the same: the same label, or numbers that hardly differ."""
    agreed = sum(map(agree, expected, predicted))
    SHADOW_PREDICTIONS.labels("agreed").inc(agreed)
    SHADOW_PREDICTIONS.labels("differed").inc(len(expected) - agreed)


def agree(expected: Any, predicted: Any) -> bool:
    """Return whether two predictions say the same."""
    if isinstance(expected, str) or isinstance(predicted, str):
        return bool(expected == predicted)
    return bool(abs(expected - predicted) <= SAME_NUMBER * max(abs(expected), abs(predicted)))
