"""The log of requests, as a predictor keeps it: noted while they are answered, written by a thread beside.

| step | when | what a killed process loses |
|---|---|---|
| a reference to the request is kept | as it is answered | |
| its lines are made and packed | within a fifth of a second, or once its shadows have answered | |
| its segment is closed and written | after 4 s, at 5,000 rows or 4 MiB; durable: 50 ms | at most 5 s; durable: none |

What finds no room, or no store for long, is given up and counted: no prediction fails or waits for it, but those of an
endpoint whose log is durable, and tables wait a little for room.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Sequence
from threading import Condition, Event, Lock, Thread
from typing import TYPE_CHECKING

import structlog

from api.serving.request_log.logged_request import Answered, LoggedRequest
from api.serving.request_log.open_segments import ClosedSegment, OpenSegments
from api.serving.request_log.segment_writer import RETRY_S, SegmentWriter
from api.serving.row_predictions import Columns
from core.domain.endpoints import Endpoint
from core.domain.records import Json
from core.errors import Unavailable
from core.observability.metrics import REQUESTS_NOT_LOGGED
from core.requests.log_settings import LogSettings
from core.requests.request_log import RequestLog as Store

if TYPE_CHECKING:
    import pandas as pd

MAX_BYTES = 64 << 20
"""Of the cells of all requests that wait to become lines."""
TICK_S = 0.2
"""Seconds between looks at what waits, while there is anything."""
GROUP_S = 0.05
"""Seconds that a durable request waits for others, which are written with it."""
ROOM_S = 2.0
"""Seconds that a table waits for room, as long as the store takes what it is given."""
STOP_S = 4.0
"""Seconds that a process which is told to go waits for the store."""
LOG_EVERY_S = 10.0
MAX_SETTINGS = 10_000
"""Endpoints whose settings are remembered."""

log = structlog.get_logger(__name__)


class RequestLog:
    """Keeps requests. Safe from several threads."""

    def __init__(self, store: Store, max_bytes: int = MAX_BYTES) -> None:
        self.policy = store.policy
        self._max_bytes = max_bytes
        self._lock = Lock()
        self._room = Condition(self._lock)
        self._waiting: deque[tuple[LoggedRequest, int]] = deque()
        self._waiting_bytes = 0
        self._incomplete: list[tuple[LoggedRequest, int]] = []
        self._segments = OpenSegments()
        self._writer = SegmentWriter(store, self._count_lost)
        self._settings: dict[str, tuple[Json, LogSettings]] = {}
        self._lost: Counter[str] = Counter()
        self._log_at_s = 0.0
        self._wake, self._hurry = Event(), Event()
        self._stopping = False
        self._thread: Thread | None = None

    def wants(self, endpoint: Endpoint) -> bool:
        """Return whether anything is kept of the endpoint's requests."""
        return not self.policy.is_off and endpoint.log.get("sample", 1.0) > 0

    def note(
        self, answers: Sequence[Answered], columns: Columns | pd.DataFrame, ids: Sequence[str],
        keys: Sequence[str] | None, seconds: float,
    ) -> LoggedRequest | None:  # fmt: skip
        """Return the request as it is to be added once all of it is known; None if nothing is kept of it."""
        endpoint = answers[0].served.endpoint
        if not self.wants(endpoint):
            return None
        settings = self._settings_of(endpoint)
        kept = Event() if settings.durable else None
        return LoggedRequest(endpoint, settings, answers, columns, ids, keys, round(1000 * seconds, 3), kept=kept)

    def _settings_of(self, endpoint: Endpoint) -> LogSettings:
        known = self._settings.get(endpoint.id)
        if known is None or known[0] is not endpoint.log:
            if len(self._settings) >= MAX_SETTINGS:
                self._settings.clear()
            known = self._settings[endpoint.id] = (endpoint.log, self.policy.effective(endpoint.log))
        return known[1]

    def add(self, request: LoggedRequest, *, wait: bool = False) -> None:
        """Keep the request, or count it as lost where there is no room; may wait for room if the store is there."""
        size_bytes = request.size_bytes
        with self._lock:
            if wait and not self._fits(size_bytes) and not self._writer.is_away:
                self._hurry.set()
                self._room.wait_for(lambda: self._fits(size_bytes), ROOM_S)
            if fits := self._fits(size_bytes) and not self._stopping:
                self._waiting.append((request, size_bytes))
                self._waiting_bytes += size_bytes
            if self._thread is None:  # Only a process that keeps requests gets the thread.
                self._thread = Thread(target=self._run, name="request-log", daemon=True)
                self._thread.start()
        if not fits:
            request.settle(Unavailable("too many requests wait to be kept"))
            self._count_lost(request.endpoint, len(request.ids), "memory")
        if request.kept is not None:
            self._hurry.set()
        if not self._wake.is_set():
            self._wake.set()

    def close(self) -> None:
        """Write all that there is, within `STOP_S`; call it before the back ends are closed."""
        with self._lock:
            self._stopping = True
            thread = self._thread
        self._hurry.set()
        self._wake.set()
        if thread is not None:
            thread.join(STOP_S)
            self._writer.flush(STOP_S)

    def _fits(self, size_bytes: int) -> bool:
        return self._waiting_bytes + size_bytes <= self._max_bytes or not self._waiting_bytes

    def _run(self) -> None:
        while not self._stopping:
            self._wake.wait(self._idle_s())
            if self._hurry.wait(TICK_S):  # What comes meanwhile goes with it.
                self._hurry.clear()
                time.sleep(0 if self._stopping else GROUP_S)
            self._wake.clear()
            try:
                self.turn()
            except Exception:  # A fault of ours: the next turn has other requests.
                log.exception("request_log.failed")
        self.turn(last=True)

    def _idle_s(self) -> float | None:
        """Return the seconds until there is something to do, if nothing comes; None for ever."""
        if self._incomplete:
            return 0.0
        due_s = self._segments.next_s()
        idle_s = None if due_s is None else max(0.0, due_s - time.monotonic())
        return idle_s if not self._writer.is_away else min(RETRY_S, RETRY_S if idle_s is None else idle_s)

    def turn(self, *, last: bool = False) -> None:
        """Make lines of what waits, and have the segments written whose time has come; all of them the last time."""
        now_s = time.monotonic()
        self._writer.retry()
        for request, size_bytes in self._take():
            if request.kept is None and not last and not request.is_complete(now_s):
                self._incomplete.append((request, size_bytes))
                continue
            try:
                for full in self._segments.add(request):
                    self._submit(full)
            except Exception as exc:
                log.exception("request_log.no_line", endpoint=request.endpoint.name)
                request.settle(exc)
                self._count_lost(request.endpoint, len(request.ids), "fault")
            finally:
                self._release(size_bytes)
        for due in self._segments.due(None if last else time.monotonic()):
            self._submit(due)

    def _take(self) -> list[tuple[LoggedRequest, int]]:
        with self._lock:
            taken = [*self._incomplete, *self._waiting]
            self._incomplete = []
            self._waiting.clear()
        return taken

    def _release(self, size_bytes: int) -> None:
        with self._lock:
            self._waiting_bytes -= size_bytes
            self._room.notify_all()

    def _submit(self, closed: ClosedSegment) -> None:
        with self._lock:
            closed.new.lost = self._lost.pop(closed.new.endpoint.id, 0)
        self._writer.submit(closed)

    def _count_lost(self, endpoint: Endpoint, rows: int, why: str) -> None:
        REQUESTS_NOT_LOGGED.labels(why).inc(rows)
        now_s = time.monotonic()
        with self._lock:
            self._lost[endpoint.id] += rows
            is_logged = now_s < self._log_at_s
            self._log_at_s = self._log_at_s if is_logged else now_s + LOG_EVERY_S
        if not is_logged:
            log.warning("request_log.lost", endpoint=endpoint.name, rows=rows, why=why)
