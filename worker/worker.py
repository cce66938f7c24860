"""A worker: take a message, claim the work, acknowledge, have a child do it, and end it."""

from __future__ import annotations

import math
import os
import secrets
import shutil
import socket
import tempfile
import threading
import time
from pathlib import Path

import structlog

from automl._version import engine_version
from core.domain.records import TaskState
from core.errors import LeaseLost, StorageFull, Unavailable
from core.maintenance.sweeper_thread import SweeperThread
from core.observability import tracing
from core.observability.outage_log import OutageLog
from core.observability.request_context import clear_log_context
from core.process import touch_heartbeat
from core.service import Service
from core.settings import MIB
from core.tasks.lifecycle import ClaimedTask
from worker.child_process import ChildDied, ChildProcess
from worker.context import WorkerContext
from worker.distributed.joining import HelperService
from worker.errors import Cancelled, OutOfMemory, ShuttingDown, Stalled, TaskFailed
from worker.failures import crashed, out_of_memory, signals_of_memory
from worker.handlers import HANDLERS
from worker.intake import TaskIntake
from worker.lease_keeper import LeaseRenewer
from worker.process_pool import ProcessPool
from worker.resource_limits import child_memory_bytes, child_threads
from worker.scratch_dir import create_scratch_dir
from worker.stop_requests import StopRequests
from worker.supervisor import TaskSupervisor
from worker.tasks.short_tasks import SHORT_TASKS

log = structlog.get_logger()

# Crashes of children on the same work after which the work is to blame.
MAX_CRASHES = 2
# If this little cannot be spared for the smallest task, everything on this machine lacks it.
MIN_FREE_DISK_BYTES = 16 * MIB
# Seconds between requeues of work whose back ends cannot be reached.
BACKEND_OUTAGE_PAUSE_S = 5.0


class Worker:
    """A worker on one queue until `stop`."""

    def __init__(self, service: Service, queue: str) -> None:
        self.service = service
        self.queue = queue
        self.context = WorkerContext(
            service,
            name=f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}",
            engine=engine_version(),
            pool=ProcessPool(child_threads(service.settings)),
            scratch_dir=create_scratch_dir(),
            shutting_down=threading.Event(),
            memory_bytes=child_memory_bytes(service.settings),
        )
        self.outage = OutageLog("worker")
        self.intake = TaskIntake(
            service, queue, self.context.name, self.context.shutting_down, engine=self.context.engine,
            at_risk=lambda: queue in service.sweeper.liveness.queues_at_risk,
        )  # fmt: skip
        self.helper = HelperService(self.context, self.intake.claim)
        self.sweeping = SweeperThread(service.sweeper, service.settings.sweep_s)

    def stop(self) -> None:
        """Take no more work and requeue what is held. Safe in a signal handler."""
        self.context.shutting_down.set()

    def run(self, until_idle_s: float = math.inf) -> None:
        """Work until `stop`, or until the queue was empty for that long; back ends that are away are waited for."""
        log.info("worker.started", queue=self.queue, worker=self.context.name)
        self.sweeping.start()
        idle_since = time.monotonic()
        try:
            while not self.context.shutting_down.is_set() and time.monotonic() - idle_since < until_idle_s:
                touch_heartbeat(self.service.settings.heartbeat_file)
                try:
                    if self.process_one():
                        idle_since = time.monotonic()
                except Unavailable as exc:
                    self.outage.unavailable(exc)
                    self.context.shutting_down.wait(1.0)
                    idle_since = time.monotonic()  # It is unknown whether there is work.
        finally:
            self.sweeping.stop()
            self.context.pool.close()
            shutil.rmtree(self.context.scratch_dir, ignore_errors=True)
            log.info("worker.stopped", worker=self.context.name)

    def process_one(self) -> bool:
        """Take one message and do its task; False if there was none."""
        clear_log_context()
        if shutil.disk_usage(self.context.scratch_dir.parent).free < MIN_FREE_DISK_BYTES:
            raise StorageFull(f"{self.context.scratch_dir}: there is no room left for work: free some disk space")
        try:
            delivery = self.intake.receive()
        except Unavailable:
            if (claimed := self.intake.take_over_expired()) is None:
                raise
            self._run_claimed(claimed)
            return True
        self.outage.available()
        if delivery is None:
            return False
        if (accepted := self.intake.accept(delivery)) is not None:
            message, claimed = accepted
            if claimed is None and message.engine:
                claimed = self.helper.accept(message)
            if claimed is not None:
                self._run_claimed(claimed)
        return True

    def _run_claimed(self, claimed: ClaimedTask) -> None:
        ref, task_state = claimed.ref, claimed.task_state
        self.intake.bind_log_context(ref, task_state.origin)
        log.info("work.claimed", work=ref.path, epoch=task_state.epoch, attempt=task_state.attempt)
        child, unharmed = self.context.pool.acquire(), False
        folder = Path(tempfile.mkdtemp(dir=self.context.scratch_dir))
        try:
            with (
                tracing.span(f"work {ref.kind}", "consumer", task_state.origin.get("traceparent", ""), work=ref.path),
                LeaseRenewer(self.service.work, claimed, self.service.settings, child.kill_group) as lease,
            ):
                can_be_stopped = self.service.kinds[ref.kind].can_be_stopped
                stops = StopRequests(self.service.work, ref, child) if can_be_stopped else None
                supervisor = TaskSupervisor(self.context, lease, child, folder, stops)
                try:
                    unharmed = self._supervise(supervisor, child) and claimed.ref.kind in SHORT_TASKS
                except LeaseLost as exc:
                    log.warning("work.lost", work=claimed.ref.path, why=str(exc))
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            self.context.pool.release(child, reusable=unharmed)

    def _supervise(self, supervisor: TaskSupervisor, child: ChildProcess) -> bool:
        """Do the work and make its last write; True if the child came to no harm."""
        lease, work = supervisor.lease, self.service.work
        try:
            result = HANDLERS[supervisor.ref.kind].run(supervisor)
        except TaskFailed as exc:
            error = exc.error
            self._finalize(supervisor, lease.end(lambda claimed: work.fail(claimed, error)))
            return True
        except (LeaseLost, ShuttingDown, Cancelled, OutOfMemory, Stalled, ChildDied, Unavailable) as exc:
            child.kill()
            self._handle_failure(supervisor, exc)
            return False
        except Exception:
            log.exception("work.bug", work=supervisor.ref.path)
            child.kill()
            lease.end(lambda claimed: work.requeue(claimed, counts=True))
            return False
        self._finalize(supervisor, lease.end(lambda claimed: work.succeed(claimed, result)))
        return True

    def _handle_failure(self, supervisor: TaskSupervisor, exc: Exception) -> None:
        lease, work = supervisor.lease, self.service.work
        task_state = lease.claimed.task_state
        log.warning("work.failure", work=supervisor.ref.path, error=type(exc).__name__, detail=str(exc))
        killed = isinstance(exc, ChildDied) and exc.signal in signals_of_memory(supervisor.ref.kind)
        # This covers all consequences of a lost lease: a child that it has killed, tables that did not reply.
        if isinstance(exc, LeaseLost) or lease.is_lost:
            # Perhaps no worker has taken over yet. An outage is no attempt of the work; an overloaded machine is.
            lease.end(
                lambda claimed: work.requeue(claimed, counts=not lease.tables_unreachable),
                hurry=self.context.shutting_down,
            )
        elif isinstance(exc, Cancelled):
            self._finalize(supervisor, lease.end(work.cancel))
        elif isinstance(exc, ShuttingDown):
            # Tables that are away are not waited for: a worker that sees the expired lease takes the work over.
            lease.end(work.requeue, patience_s=self.service.settings.lease_s)
        elif isinstance(exc, Unavailable):
            # The work is not at fault, so this is no attempt of it, nor is there any hurry: they may be away for long.
            self.context.shutting_down.wait(BACKEND_OUTAGE_PAUSE_S)
            lease.end(lambda claimed: work.requeue(claimed, urgent=False))
        elif (isinstance(exc, OutOfMemory) or killed) and task_state.memory_scale < 1:
            error = out_of_memory(supervisor.ref.kind, self.context.memory_bytes)
            self._finalize(supervisor, lease.end(lambda claimed: work.fail(claimed, error)))
        elif isinstance(exc, OutOfMemory) or killed:
            lease.end(lambda claimed: work.requeue(claimed, memory_scale=0.5, counts=True))
        elif isinstance(exc, ChildDied | Stalled) and task_state.crashes + 1 >= MAX_CRASHES:
            error = crashed(supervisor.ref.kind, exc)
            self._finalize(supervisor, lease.end(lambda claimed: work.fail(claimed, error)))
        else:
            lease.end(lambda claimed: work.requeue(claimed, counts=True, crashed=True))

    def _finalize(self, supervisor: TaskSupervisor, task_state: TaskState) -> None:
        log.info("work.ended", work=supervisor.ref.path, state=task_state.state, epoch=task_state.epoch)
        tracing.set_attributes(state=task_state.state, attempt=task_state.attempt)
        with tracing.span("settle"):
            self.service.settler.finalize(supervisor.ref)
