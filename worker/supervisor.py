"""Give a child its task and watch over it: lease, memory, silence, and requests from others meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Protocol, TypeVar

import structlog

from core.errors import BlobExists, BlobMissing, Corrupted, LeaseLost, StorageFull, Unavailable, failure
from core.observability import tracing
from core.ports import BlobInfo
from core.process import touch_heartbeat
from core.settings import MIB
from worker.child_process import ChildProcess
from worker.context import WorkerContext
from worker.errors import OutOfMemory, ShuttingDown, Stalled, TaskFailed
from worker.lease_keeper import LeaseRenewer
from worker.messages.codec import BadMessage
from worker.messages.from_child import DiskFull, FromChild, MemoryExhausted, Ready, Result, TaskError
from worker.messages.to_child import RunTask, TaskRequest

log = structlog.get_logger()
T = TypeVar("T")
R = TypeVar("R", bound=Result)

TICK_S = 0.25
RETRY_S = 0.25
READ_TRIES = 4


class Interruptions(Protocol):
    """Reasons of others to end a task while it runs."""

    interval_s: float

    def check(self) -> None:
        """Raise the exception that ends the task, if one is due."""


class TaskSupervisor:
    """Supervise one task of one child process.

    Args:
        folder: the child's, with all files of the task.
        interruptions: checked now and then; None for a task that cannot be interrupted.
    """

    def __init__(
        self,
        context: WorkerContext,
        lease: LeaseRenewer,
        child: ChildProcess,
        folder: Path,
        interruptions: Interruptions | None = None,
    ) -> None:
        self.context = context
        self.service = context.service
        self.lease = lease
        self.child = child
        self.folder = folder
        self.interruptions = interruptions
        self.ref = lease.claimed.ref
        self.checked_at = 0.0

    @tracing.traced("fetch")
    def fetch(self, blob: str, name: str, *, deletable: bool = False) -> None:
        """Copy a blob into the folder, its hash checked; a damaged or unreachable one is retried, then given up.

        One that others may delete meanwhile is `deletable`: that it is gone is no damage. Raises BlobMissing for it.
        """
        for attempt in range(READ_TRIES):
            try:
                with open(self.folder / name, "wb") as file:
                    for chunk in self.service.ports.blobs.read(blob):
                        file.write(chunk)
                        self.raise_if_interrupted()
                return
            except (Corrupted, BlobMissing) as exc:
                if deletable and isinstance(exc, BlobMissing):
                    raise
                error = exc
            except Unavailable:
                if attempt == READ_TRIES - 1:
                    raise
            except OSError as exc:
                raise StorageFull(f"{self.folder}: {exc.strerror}") from exc
            time.sleep(0.5 * 2**attempt)
        detail = f"The stored file is damaged: {error}"
        raise TaskFailed(failure("DATA_DAMAGED", detail, "Upload it again, and inform the operator."))

    def retry_until_written(self, write: Callable[[], T]) -> T:
        """Retry an idempotent write while its back end is unavailable and the lease is held."""
        while True:
            try:
                return write()
            except Unavailable as exc:
                log.warning("work.not_written", work=self.ref.path, error=str(exc))
                self.raise_if_interrupted()
                time.sleep(RETRY_S)

    @tracing.traced("upload")
    def upload(self, blob: str, path: Path) -> BlobInfo:
        """Write the file to a blob of a new name. Raises what `raise_if_interrupted` raises."""
        blobs = self.service.ports.blobs

        def write() -> BlobInfo:
            try:
                return blobs.write(blob, self._watched(path))
            except BlobExists:  # An earlier try did succeed: only this worker knows the name.
                if (info := blobs.stat(blob)) is None:
                    raise
                return info

        return self.retry_until_written(write)

    def _watched(self, path: Path) -> Iterator[bytes]:
        with open(path, "rb") as file:
            while chunk := file.read(MIB):
                self.raise_if_interrupted()
                yield chunk

    def run(self, request: TaskRequest, result_type: type[R]) -> R:
        """Have the child do a task of which only the result matters. Raises the exceptions of `messages`."""
        *_, last = self.messages(request)
        if not isinstance(last, result_type):
            raise BadMessage(f"{type(request).__name__} ended with {type(last).__name__}")
        return last

    def messages(self, request: TaskRequest) -> Iterator[FromChild | None]:
        """Give the child the task and yield its messages, None now and then while there is none, its result last.

        Raises:
            TaskFailed: the task cannot be done. Cancelled, ShuttingDown, LeaseLost, OutOfMemory, Stalled, ChildDied: it
                was not done; the child is to be killed.
        """
        names = structlog.contextvars.get_contextvars()
        self.child.send(RunTask(request, str(self.folder), self.service.settings.log_format, names))
        while True:
            message = self.child.receive(TICK_S)
            self.raise_if_interrupted()
            match message:
                case None | Ready():
                    yield None
                case MemoryExhausted():
                    raise OutOfMemory
                case DiskFull(detail):
                    raise StorageFull(detail)
                case TaskError():
                    raise TaskFailed(failure(**asdict(message)))
                case _:
                    yield message
                    if isinstance(message, Result):
                        return

    def raise_if_interrupted(self) -> None:
        """Raise the exception that ends the task, if one is due."""
        touch_heartbeat(self.service.settings.heartbeat_file)
        if self.lease.is_lost:
            raise LeaseLost(self.ref.path)
        if self.context.shutting_down.is_set():
            raise ShuttingDown
        if self.child.memory_bytes > self.context.memory_bytes:
            raise OutOfMemory
        if self.child.seconds_since_message > self.service.settings.stall_s:
            raise Stalled
        if self.interruptions and time.monotonic() - self.checked_at > self.interruptions.interval_s:
            self.check_stop_request()

    def check_stop_request(self) -> None:
        """Raise the exception that ends the task, if its user or another worker has requested the end."""
        self.checked_at = time.monotonic()
        if self.interruptions:
            self.interruptions.check()
