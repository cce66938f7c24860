"""What a task of the fetcher has at hand while it runs: its lease, its readers, and the reasons to end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any, TypeVar

import structlog

from core.domain.records import Json, TaskRef
from core.errors import LeaseLost, Unavailable
from core.secrets.references import named_secrets
from core.service import Service
from core.source_ports import Opened, SourceReaders
from worker.errors import ShuttingDown
from worker.lease_keeper import LeaseRenewer

log = structlog.get_logger()
T = TypeVar("T")

RETRY_S = 0.25


class FetchRun:
    """One task that is being done.

    Args:
        service: whose task it is.
        readers: the way out.
        shutting_down: set once the task is to be handed back.
    """

    lease: LeaseRenewer

    def __init__(self, service: Service, readers: SourceReaders, ref: TaskRef, shutting_down: threading.Event) -> None:
        self.service = service
        self.readers = readers
        self.ref = ref
        self.shutting_down = shutting_down
        self._opened: Opened | None = None

    @contextmanager
    def opened(
        self, kind: str, spec: Json, *, since: Json | None = None, cursor: Any = None, seconds: float | None = None
    ) -> Iterator[Opened | None]:
        """Open a source with its secrets, and let go of it. Raises FetchFailed, and what `check` raises."""
        secrets = self.service.secrets.open_all(self.ref.user_id, named_secrets(spec))
        opened = self.readers.of(kind, seconds).open(spec, secrets, since=since, cursor=cursor)
        if opened is None:
            yield None
            return
        self._opened = opened
        try:
            with closing(opened):
                self.check()
                yield opened
        finally:
            self._opened = None

    def cut(self) -> None:
        """Have a server that is waited for be given up. From any thread."""
        if (opened := self._opened) is not None:
            opened.cut()

    def check(self) -> None:
        """Raise LeaseLost or ShuttingDown if the task is to end."""
        if self.lease.is_lost:
            raise LeaseLost(self.ref.path)
        if self.shutting_down.is_set():
            raise ShuttingDown

    def wait(self, seconds: float) -> None:
        """Wait; raises what `check` does."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self.check()
            self.shutting_down.wait(min(RETRY_S, left))
        self.check()

    def retry_until_written(self, write: Callable[[], T]) -> T:
        """Retry an idempotent write while its back end is unavailable and the lease is held."""
        while True:
            try:
                return write()
            except Unavailable as exc:
                log.warning("work.not_written", work=self.ref.path, error=str(exc))
                self.wait(RETRY_S)
