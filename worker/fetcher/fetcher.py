"""The fetcher: takes tasks of its queue, a few at a time, under leases as any worker's."""

from __future__ import annotations

import os
import secrets
import socket
import threading
from collections.abc import Mapping
from typing import Protocol

import structlog

from core.domain.records import Json, TaskState
from core.domain.sources import FETCH
from core.errors import FetchFailed, LeaseLost, RequestError, Unavailable, failure
from core.observability import tracing
from core.observability.outage_log import OutageLog
from core.observability.request_context import clear_log_context
from core.ports import FETCH_QUEUE
from core.service import Service
from core.source_ports import SourceReaders
from core.sources.source_checks import SOURCE_CHECK
from core.tasks.lifecycle import ClaimedTask
from worker.errors import ShuttingDown, TaskFailed
from worker.fetcher.check_task import CheckHandler
from worker.fetcher.fetch_run import FetchRun
from worker.fetcher.fetch_task import FetchHandler
from worker.intake import TaskIntake
from worker.lease_keeper import LeaseRenewer

log = structlog.get_logger()

THREADS = 4
"""Tasks at a time: most of their time they wait for a server."""
GRACE_S = 20.0
BACKEND_OUTAGE_PAUSE_S = 5.0


class FetcherTask(Protocol):
    """Does one kind of task of the fetcher."""

    def run(self, run: FetchRun) -> Json:
        """Do it and return its result. Raises FetchFailed, RequestError, TaskFailed, and what `FetchRun.check` does."""


HANDLERS: Mapping[str, FetcherTask] = {FETCH: FetchHandler(), SOURCE_CHECK: CheckHandler()}


class Fetcher:
    """Does tasks of the fetch queue until `stop`.

    Args:
        service: whose tasks they are.
        readers: the way out.
    """

    def __init__(self, service: Service, readers: SourceReaders) -> None:
        self.service = service
        self.readers = readers
        self.over = threading.Event()
        self.name = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
        self.outage, self.tables_outage = OutageLog("fetcher"), OutageLog("tables")
        self._taking = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._runs: set[FetchRun] = set()

    def start(self) -> None:
        """Begin to take tasks, in threads."""
        self._threads = [
            threading.Thread(target=self._work, args=(number,), name=f"fetch-{number}", daemon=True)
            for number in range(THREADS)
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Take no more tasks, and hand back those that are held. Safe in a signal handler."""
        self.over.set()

    def join(self) -> None:
        """Wait for the threads; what is still held after the grace is taken over once its lease has expired."""
        self.over.set()
        for run in tuple(self._runs):
            run.cut()
        for thread in self._threads:
            thread.join(GRACE_S / THREADS)

    def _work(self, number: int) -> None:
        intake = TaskIntake(self.service, FETCH_QUEUE, f"{self.name}-{number}", self.over, self.tables_outage)
        while not self.over.is_set():
            try:
                self.process_one(intake)
            except Unavailable as exc:
                self.outage.unavailable(exc)
                self.over.wait(1.0)
            except Exception:
                log.exception("fetcher.failed")
                self.over.wait(1.0)

    def process_one(self, intake: TaskIntake) -> bool:
        """Take one message and do its task; False if there was none."""
        clear_log_context()
        with self._taking:  # One thread waits at a time: each that does costs a part of a core.
            delivery = None if self.over.is_set() else intake.receive()
        self.outage.available()
        if delivery is None:
            return False
        accepted = intake.accept(delivery)
        if accepted is not None and accepted[1] is not None:
            self._run(accepted[1])
        return True

    def _run(self, claimed: ClaimedTask) -> None:
        ref, origin = claimed.ref, claimed.task_state.origin
        log.info("work.claimed", work=ref.path, epoch=claimed.task_state.epoch, attempt=claimed.task_state.attempt)
        run = FetchRun(self.service, self.readers, ref, self.over)
        self._runs.add(run)
        try:
            with (
                tracing.span(f"work {ref.kind}", "consumer", origin.get("traceparent", ""), work=ref.path),
                LeaseRenewer(self.service.work, claimed, self.service.settings, run.cut) as lease,
            ):
                run.lease = lease
                try:
                    self._do(run)
                except LeaseLost as exc:
                    log.warning("work.lost", work=ref.path, why=str(exc))
        finally:
            self._runs.discard(run)

    def _do(self, run: FetchRun) -> None:
        """Do the task and make its last write. Raises LeaseLost."""
        lease, work = run.lease, self.service.work
        try:
            result = _result(run)
        except (FetchFailed, RequestError, TaskFailed) as exc:
            error = _error(exc)
            self._end(run, lease.end(lambda claimed: work.fail(claimed, error)))
        except LeaseLost:
            # Perhaps nobody has taken over yet. An outage is no attempt of the task.
            lease.end(lambda claimed: work.requeue(claimed, counts=not lease.tables_unreachable), hurry=self.over)
        except ShuttingDown:
            lease.end(work.requeue, patience_s=self.service.settings.lease_s)
        except Unavailable as exc:
            log.warning("work.failure", work=run.ref.path, error="Unavailable", detail=str(exc))
            self.over.wait(BACKEND_OUTAGE_PAUSE_S)
            lease.end(lambda claimed: work.requeue(claimed, urgent=False))
        except Exception:
            log.exception("work.bug", work=run.ref.path)
            lease.end(lambda claimed: work.requeue(claimed, counts=True))
        else:
            self._end(run, lease.end(lambda claimed: work.succeed(claimed, result)))

    def _end(self, run: FetchRun, task_state: TaskState) -> None:
        log.info("work.ended", work=run.ref.path, state=task_state.state, epoch=task_state.epoch)
        self.service.settler.finalize(run.ref)


def _result(run: FetchRun) -> Json:
    try:
        return HANDLERS[run.ref.kind].run(run)
    except FetchFailed:
        run.check()  # Who lets go of a task cuts its connection: that is no failure of the source.
        raise


def _error(exc: FetchFailed | RequestError | TaskFailed) -> Json:
    if isinstance(exc, TaskFailed):
        return exc.error
    return failure(exc.reason, exc.detail, exc.hint if isinstance(exc, FetchFailed) else "")
