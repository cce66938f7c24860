"""Gives a child its task and watches over it: lease, memory, silence, and what its user wishes meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import structlog

from core.domain import states
from core.domain.records import Dataset, Json
from core.errors import BlobExists, BlobMissing, Corrupted, LeaseLost, NoBrainsError, StorageFull, Unavailable, failure
from core.observability import tracing
from core.ports import BlobInfo
from core.service import Service
from core.settings import MIB
from worker.child_process import Child, ChildDied, Message
from worker.heartbeat import beat
from worker.lease_keeper import Lease

log = structlog.get_logger()
T = TypeVar("T")

TICK_S = 0.25
INSIST_S = 0.25
WISHES_S = 0.5
READ_TRIES = 4


class TaskFailed(NoBrainsError):
    """The task cannot be done, whoever tries; `error` is for its user."""

    def __init__(self, error: Json) -> None:
        super().__init__(error["detail"])
        self.error = error


class Cancelled(NoBrainsError):
    """Its user wants no more of it."""


class Drained(NoBrainsError):
    """This worker is shutting down."""


class OutOfMemory(NoBrainsError):
    """The child took more memory than it may."""


class Stalled(NoBrainsError):
    """The child has not given a sign of life for too long."""


class Conduct:
    """One piece of work: its service, lease, child and folder."""

    wishes_s = WISHES_S

    def __init__(
        self,
        service: Service,
        lease: Lease,
        child: Child,
        folder: Path,
        draining: threading.Event,
        memory_bytes: int,
    ) -> None:
        self.service = service
        self.lease = lease
        self.child = child
        self.folder = folder
        self.draining = draining
        self.memory_bytes = memory_bytes
        self.ref = lease.held.ref
        self.can_be_stopped = service.kinds[self.ref.kind].can_be_stopped
        self.wishes_at = 0.0
        self.stopping = False

    @tracing.traced("fetch")
    def fetch(self, blob: str, name: str) -> None:
        """Copy a blob into the folder, its hash checked; a damaged or unreachable one is tried again, then given up."""
        for attempt in range(READ_TRIES):
            try:
                with open(self.folder / name, "wb") as file:
                    for chunk in self.service.ports.blobs.read(blob):
                        file.write(chunk)
                        self.check()
                return
            except (Corrupted, BlobMissing) as exc:
                error = exc
            except Unavailable:
                if attempt == READ_TRIES - 1:
                    raise
            except OSError as exc:
                raise StorageFull(f"{self.folder}: {exc.strerror}") from exc
            time.sleep(0.5 * 2**attempt)
        detail = f"What is stored of this file is damaged: {error}"
        raise TaskFailed(failure("DATA_DAMAGED", detail, "Upload it again; tell the operator."))

    def insist(self, write: Callable[[], T]) -> T:
        """Do a write that may be done twice, again and again while its back end is away, as long as the lease lasts."""
        while True:
            try:
                return write()
            except Unavailable as exc:
                log.warning("work.not_written", work=self.ref.path, error=str(exc))
                self.check()
                time.sleep(INSIST_S)

    @tracing.traced("upload")
    def upload(self, blob: str, path: Path) -> BlobInfo:
        """Write the file to a blob of a new name. Raises what `check` raises."""
        blobs = self.service.ports.blobs

        def write() -> BlobInfo:
            try:
                return blobs.write(blob, self._watched(path))
            except BlobExists:  # An earlier try did land: nobody else knows the name.
                if (info := blobs.stat(blob)) is None:
                    raise
                return info

        return self.insist(write)

    def _watched(self, path: Path) -> Iterator[bytes]:
        with open(path, "rb") as file:
            while chunk := file.read(MIB):
                self.check()
                yield chunk

    def run(self, task: Json) -> Iterator[Message]:
        """Give the child the task and yield what it tells; the last message is its `result`. Raises what `heard`
        does."""
        return (message for message in self.heard(task) if message is not None)

    def heard(self, task: Json) -> Iterator[Message | None]:
        """The same, with None now and then while it tells nothing.

        Raises:
            TaskFailed: the task cannot be done. Cancelled, Drained, LeaseLost, OutOfMemory, Stalled, ChildDied: it
                was not done; the child is to be killed.
        """
        told = {"format": self.service.settings.log_format, "names": structlog.contextvars.get_contextvars()}
        self.child.send({**task, "folder": str(self.folder), "log": told})
        while True:
            message = self.child.receive(TICK_S)
            self.check()
            if message is None or message["type"] == "ready":
                yield None
                continue
            if message["type"] == "memory":
                raise OutOfMemory
            if message["type"] == "full":
                raise StorageFull(message["detail"])
            if message["type"] == "error":
                keys = ("reason", "detail", "hint", "line", "column")
                raise TaskFailed(failure(**{key: message[key] for key in keys}))
            yield message
            if message["type"] == "result":
                return

    def check(self) -> None:
        """Raise what stands against going on."""
        beat(self.service.settings.heartbeat_file)
        if self.lease.is_lost:
            raise LeaseLost(self.ref.path)
        if self.draining.is_set():
            raise Drained
        if self.child.memory_bytes > self.memory_bytes:
            raise OutOfMemory
        if self.child.silent_s > self.service.settings.stall_s:
            raise Stalled
        if self.can_be_stopped and time.monotonic() - self.wishes_at > self.wishes_s:
            self.heed_wishes()

    def heed_wishes(self) -> None:
        """Raise Cancelled, or have the child stop, where that is what the user wants by now."""
        self.wishes_at = time.monotonic()
        try:
            wish = self.service.work.requested(self.ref)
        except Unavailable:
            return  # Asked again in half a second; the lease sees to it that this does not go on for long.
        if wish == states.CANCEL:
            raise Cancelled
        if wish == states.STOP and not self.stopping:
            self.stopping = True
            self.child.send({"type": "stop"})


def reading(dataset: Dataset) -> dict[str, Any]:
    """The part of a task that says how the dataset's CSV is to be read."""
    dialect = dataset.dialect
    return {
        "dialect": {"delimiter": dialect.delimiter, "encoding": dialect.encoding, "header": dialect.header},
        "types": dataset.types,
    }


__all__ = ["Cancelled", "ChildDied", "Conduct", "Drained", "OutOfMemory", "Stalled", "TaskFailed", "reading"]
