"""A fetcher in a process of its own that does what its queue holds, and kills itself behind a given step.

A step is a write to the tables or the blobs, or a piece of the body that has come in.
"""

from __future__ import annotations

import itertools
import os
import signal
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from backends.factory import create_backends
from backends.fetch.readers import Readers
from core.domain.records import Json
from core.ports import FETCH_QUEUE
from core.service import Service
from core.settings import Settings
from core.source_ports import Opened, SourceReader
from worker.fetcher.fetcher import Fetcher
from worker.intake import TaskIntake

WRITES = ("put", "put_if_absent", "put_if_unchanged", "delete", "delete_if_unchanged")


class Steps:
    """Counts steps, of all threads, and ends the process with SIGKILL behind one of them."""

    def __init__(self, last: int) -> None:
        self.last = last
        self._numbers = itertools.count(1)

    def take(self) -> None:
        if next(self._numbers) == self.last:
            os.kill(os.getpid(), signal.SIGKILL)

    def behind(self, write: Callable[..., Any]) -> Callable[..., Any]:
        def written(*args: Any, **options: Any) -> Any:
            result = write(*args, **options)
            self.take()
            return result

        return written


class CountedReaders:
    """Readers whose pieces are steps."""

    def __init__(self, readers: Readers, steps: Steps) -> None:
        self.readers = readers
        self.steps = steps

    def of(self, kind: str, seconds: float | None = None) -> SourceReader:
        return CountedReader(self.readers.of(kind, seconds), self.steps)


class CountedReader:
    """One of them."""

    def __init__(self, reader: SourceReader, steps: Steps) -> None:
        self.reader = reader
        self.steps = steps

    def open(
        self, spec: Json, secrets: Mapping[str, str], *, since: Json | None = None, cursor: Any = None
    ) -> Opened | None:
        opened = self.reader.open(spec, secrets, since=since, cursor=cursor)
        if opened is not None:
            opened.chunks = self._counted(opened.chunks)
        return opened

    def _counted(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            self.steps.take()
            yield chunk


def main(folder: str, last: int) -> None:
    """Do all that the queue of fetches holds, or die on the way."""
    settings, steps = Settings({}, data=folder), Steps(last)
    ports = create_backends(settings)
    service = Service(ports, settings)
    for name in WRITES:
        setattr(ports.tables, name, steps.behind(getattr(ports.tables, name)))
    setattr(ports.blobs, "write", steps.behind(ports.blobs.write))  # noqa: B010 (a method is replaced)
    fetcher = Fetcher(service, CountedReaders(Readers(settings), steps))
    intake = TaskIntake(service, FETCH_QUEUE, f"killed-{os.getpid()}", fetcher.over)
    while fetcher.process_one(intake):
        pass
    ports.close()
