"""Keep the lease of claimed work: renew it from the parent process every two seconds, whatever the child does."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextvars import copy_context
from typing import Protocol, TypeVar

import structlog

from core.errors import LeaseLost, Unavailable
from core.process import touch_heartbeat
from core.settings import Settings
from core.tasks.lifecycle import ClaimedTask

log = structlog.get_logger()
T = TypeVar("T")

RETRY_S = 0.25
MIN_WAIT_S = 0.01
OVERLOAD_FACTOR = 1.5
"""If a renewal starts this many intervals late, blame an overloaded machine, not the tables."""


class Renewing(Protocol):
    """Writer of leases: `core.tasks.lifecycle.TaskLifecycle` for work, `core.tasks.helpers.HelperSlots` for a slot."""

    def renew(self, claimed: ClaimedTask, spent_s: float) -> ClaimedTask:
        """Renew the lease. Raises LeaseLost."""
        ...


class LeaseRenewer:
    """Renew a lease in the background from `start` to `end`.

    It is lost when another worker owns the work, or when renewing has failed (or hung) for so long that another worker
    may: then the child must die at once, before the lease ends.

    Args:
        on_lost: kills the child. Called from a thread of the lease's own, as the supervisor of the child may itself be
            waiting for tables that do not reply.
    """

    def __init__(self, work: Renewing, claimed: ClaimedTask, settings: Settings, on_lost: Callable[[], None]) -> None:
        self.work = work
        self.claimed = claimed
        self.on_lost = on_lost
        self.earlier_s = claimed.task_state.spent_s
        self.renew_s: float = settings.renew_s
        # Renewed at the latest by then; a whole lease must pass between this and any takeover.
        self.patience_s: float = settings.lease_s - 0.5 * settings.renew_s
        self.renewed_at = claimed.since_s  # The claim may have returned late.
        self.unreachable = False
        self.attempted_at: float | None = None
        self.lost = threading.Event()
        self.over = threading.Event()
        self.lock = threading.Lock()
        self.fitting_since: float | None = None
        self.heartbeat_file: str = settings.heartbeat_file
        # Its log lines name the same work as those of the thread that started it.
        context = copy_context()
        self.thread = threading.Thread(target=lambda: context.run(self._run), name="lease", daemon=True)
        self.guard = threading.Thread(target=self._guard, name="lease-guard", daemon=True)

    def __enter__(self) -> LeaseRenewer:
        self.thread.start()
        self.guard.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.over.set()
        self.thread.join()
        self.guard.join()

    @property
    def epoch(self) -> int:
        return self.claimed.task_state.epoch

    @property
    def spent_s(self) -> float:
        """Fitting time of all attempts so far."""
        now = 0.0 if self.fitting_since is None else time.monotonic() - self.fitting_since
        return self.earlier_s + now

    def fitting(self) -> None:
        """Count time against the budget from now on."""
        self.fitting_since = time.monotonic()

    def end(
        self, write: Callable[[ClaimedTask], T], patience_s: float = 300.0, hurry: threading.Event | None = None
    ) -> T:
        """Stop renewing and make the last, fenced write.

        While the tables are unavailable it is retried within `patience_s` and until `hurry` is set: the fence refuses
        it if another worker has taken over meanwhile.
        """
        self.over.set()
        self.thread.join()
        deadline = time.monotonic() + patience_s
        while True:
            try:
                with self.lock:
                    return write(self.claimed)
            except Unavailable:
                if time.monotonic() > deadline or (hurry is not None and hurry.is_set()):
                    raise
                touch_heartbeat(self.heartbeat_file)
                time.sleep(0.5)

    @property
    def is_lost(self) -> bool:
        """Whether to stop at once. Also true while a renewal hangs: time counts, not replies."""
        return self.lost.is_set() or time.monotonic() - self.renewed_at > self.patience_s

    @property
    def tables_unreachable(self) -> bool:
        """Whether the tables could not be reached, now or when the lease was lost.

        That is so if the last renewal failed, or hangs although it began in time, as it would not on an overloaded
        machine.
        """
        hangs = self.attempted_at is not None and self.attempted_at - self.renewed_at <= OVERLOAD_FACTOR * self.renew_s
        return self.unreachable or hangs

    def _guard(self) -> None:
        while not self.lost.is_set():
            if self.over.wait(max(MIN_WAIT_S, self.renewed_at + self.patience_s - time.monotonic())):
                return
            if self.is_lost:
                self._on_lost()

    def _on_lost(self) -> None:
        self.lost.set()
        self.on_lost()

    def _run(self) -> None:
        pause_s = self.renew_s
        while not self.over.wait(pause_s) and not self.lost.is_set():
            self.attempted_at = began = time.monotonic()
            try:
                with self.lock:
                    self.claimed = self.work.renew(self.claimed, self.spent_s)
            except LeaseLost as exc:
                log.warning("lease.lost", work=self.claimed.ref.path, why=str(exc))
                self._on_lost()
                return
            except Unavailable as exc:
                log.warning("lease.not_renewed", work=self.claimed.ref.path, why=str(exc))
                pause_s, self.unreachable = RETRY_S, True
            else:
                if self.is_lost:
                    return  # A reply that comes so late does not change why the lease was lost.
                # Counted from before the write: its reader may have seen it as early as that.
                self.renewed_at, pause_s, self.unreachable = began, self.renew_s, False
            self.attempted_at = None
