"""Writes closed segments on threads of their own, and keeps those that cannot be written for later, within bounds."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import Lock

import structlog

from api.serving.request_log.open_segments import ClosedSegment
from core.domain.endpoints import Endpoint
from core.errors import NoBrainsError, Unavailable
from core.observability.metrics import REQUESTS_LOGGED
from core.requests.request_log import RequestLog

THREADS = 4
MAX_BYTES = 64 << 20
"""Of segments that wait for the store, away or slow: an hour's at hundreds of requests a second, packed."""
RETRY_S, MAX_RETRY_S = 1.0, 30.0
LOG_EVERY_S = 10.0

log = structlog.get_logger(__name__)


class SegmentWriter:
    """Writes segments. Safe from several threads.

    Args:
        store: what writes one.
        lost: called with the endpoint, the number of rows and why, of what is given up.
    """

    def __init__(self, store: RequestLog, lost: Callable[[Endpoint, int, str], None]) -> None:
        self._store = store
        self._lost = lost
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="request-log")
        self._lock = Lock()
        self._writing: dict[Future[None], ClosedSegment] = {}
        self._kept: deque[ClosedSegment] = deque()
        self._bytes = 0
        self._retry_s = RETRY_S
        self._retry_at_s = 0.0
        self._log_at_s = 0.0

    @property
    def is_away(self) -> bool:
        """Whether the store could not be reached, or is full, the last time."""
        return bool(self._kept)

    def submit(self, closed: ClosedSegment) -> None:
        """Have the segment written; what waits longest is given up where there is no room, or this one itself."""
        with self._lock:
            self._bytes += len(closed.new.data)
            dropped = self._make_room(closed)
        self._give_up(dropped)
        if not any(each is closed for each in dropped):
            self._start(closed)

    def _start(self, closed: ClosedSegment) -> None:
        written = self._pool.submit(self._write, closed)
        with self._lock:
            self._writing[written] = closed
        written.add_done_callback(self._done)

    def retry(self) -> None:
        """Try again what could not be written, if it is time."""
        if self._kept and time.monotonic() >= self._retry_at_s:
            with self._lock:
                again, self._kept = list(self._kept), deque()
            for closed in again:
                self._start(closed)

    def flush(self, timeout_s: float) -> None:
        """Wait for what is being written; give up what is not by then."""
        with self._lock:
            writing = dict(self._writing)
        unfinished = wait(writing, timeout_s).not_done
        with self._lock:
            left, self._kept = [*self._kept, *(writing[each] for each in unfinished)], deque()
        self._pool.shutdown(wait=False, cancel_futures=True)
        for closed in left:
            self._lost(closed.new.endpoint, closed.new.rows, "storage")

    def _done(self, written: Future[None]) -> None:
        with self._lock:
            self._writing.pop(written, None)

    def _write(self, closed: ClosedSegment) -> None:
        try:
            counts = self._store.write(closed.new)
        except Exception as exc:
            self._failed(closed, exc)
            return
        self._retry_s = RETRY_S
        with self._lock:
            self._bytes -= len(closed.new.data)
        if counts:
            REQUESTS_LOGGED.inc(closed.new.rows)
        for request in closed.waiting:
            request.settle()

    def _failed(self, closed: ClosedSegment, exc: Exception) -> None:
        now_s = time.monotonic()
        if now_s >= self._log_at_s:
            self._log_at_s = now_s + LOG_EVERY_S
            is_fault = not isinstance(exc, NoBrainsError)
            log.warning("request_log.not_written", error=f"{type(exc).__name__}: {exc}"[:300], exc_info=is_fault)
        with self._lock:
            self._retry_at_s = now_s + self._retry_s
            self._retry_s = min(2 * self._retry_s, MAX_RETRY_S)
            if closed.waiting:
                self._bytes -= len(closed.new.data)
            else:
                self._kept.append(closed)
        for request in closed.waiting:  # They are told, and ask again; nobody has this answer.
            request.settle(exc)

    def _make_room(self, newest: ClosedSegment) -> list[ClosedSegment]:
        """Return what is to be given up, so that the rest has room: what could not be written, the oldest first."""
        dropped = []
        while self._bytes > MAX_BYTES and self._kept:
            dropped.append(self._kept.popleft())
            self._bytes -= len(dropped[-1].new.data)
        if self._bytes > MAX_BYTES and self._writing:
            dropped.append(newest)
            self._bytes -= len(newest.new.data)
        return dropped

    def _give_up(self, dropped: Sequence[ClosedSegment]) -> None:
        for each in dropped:
            self._lost(each.new.endpoint, each.new.rows + each.new.lost, "storage")
            for request in each.waiting:
                request.settle(Unavailable("too many requests wait to be kept"))
