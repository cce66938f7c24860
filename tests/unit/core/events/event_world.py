"""Events over ports in memory that can fail at any call, and a pipeline that only they know."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from core.domain.events import Event, Recipient
from core.domain.records import Json
from core.events.events import Events
from core.events.room import Room
from core.events.segments import Segments
from core.limits.quotas import QuotaService
from core.ports import Ports
from core.settings import Settings
from core.storage import due_rows
from tests.simulation.memory import MemoryBlobs, MemoryTables

USER, PIPELINE = "u1", "p1"


class Crash(BaseException):
    """The process ends here."""


class Faulty:
    """A port whose process ends before or after one of its calls; `calls` counts those of all that share it."""

    def __init__(self, port: Any, calls: Calls) -> None:
        self._port = port
        self._calls = calls

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)

        def call(*args: Any, **options: Any) -> Any:
            return self._calls.make(lambda: method(*args, **options))

        return call


@dataclass
class Calls:
    """Calls so far, and at which of them the process ends."""

    n: int = 0
    crash_at: int = 0
    after: bool = False

    def make(self, call: Callable[[], Any]) -> Any:
        self.n += 1
        if self.n == self.crash_at and not self.after:
            raise Crash
        result = call()
        if self.n == self.crash_at:
            raise Crash
        return result


@dataclass
class PlayedPipelines:
    """The pipelines that there are, and the runs that were started."""

    to: Recipient | None = field(default_factory=lambda: Recipient(USER, PIPELINE, "income", None, "", 0.0))
    runs: dict[str, Json] = field(default_factory=dict)
    busy: bool = False

    def recipient(self, user_id: str, pipeline_id: str) -> Recipient | None:
        return self.to if (user_id, pipeline_id) == (USER, PIPELINE) else None

    def is_busy(self, user_id: str, pipeline_id: str) -> bool:
        return self.busy

    def start(self, user_id: str, pipeline_id: str, key: str, why: Json) -> Json:
        return self.runs.setdefault(key, why)


@dataclass
class EventWorld:
    """What survives processes; `process` is another one, which may end at a call."""

    settings: Settings
    tables: MemoryTables = field(default_factory=MemoryTables)
    blobs: MemoryBlobs = field(default_factory=MemoryBlobs)
    pipelines: PlayedPipelines = field(default_factory=PlayedPipelines)

    def process(self, calls: Calls | None = None) -> Events:
        calls = calls or Calls()
        ports: Any = Ports(Faulty(self.tables, calls), Faulty(self.blobs, calls), None)  # type: ignore[arg-type]
        segments = Segments(ports, Room(ports.tables, QuotaService(ports.tables, self.settings)))
        return Events(ports, self.settings, segments, self.pipelines)

    @property
    def to(self) -> Recipient:
        assert self.pipelines.to is not None
        return self.pipelines.to

    def wants(self, **changes: Any) -> None:
        self.pipelines.to = replace(self.to, **changes)

    def rows(self) -> list[Json]:
        """All rows that are in segments, in order."""
        taken = self.process().segments.take(USER, PIPELINE)
        lines = [line for blob in (taken.blobs if taken else ()) for line in _lines(self.blobs.blobs[blob])]
        return [json.loads(line) for line in lines]

    def due(self) -> None:
        """Do all that is due, as the sweeper does."""
        for due in list(due_rows.due_until(self.tables, "9999", {"event"})):
            self.process().firing.fire(due)

    def unowned(self) -> set[str]:
        """Names of blobs that neither a row nor an announcement names."""
        text = b"".join(self.tables.rows.values()).decode()
        return {name for name in self.blobs.blobs if f'"{name}"' not in text}


def event(name: str, *rows: Json) -> Event:
    return Event(name, rows=rows, digest=name)


def _lines(packed: bytes) -> list[str]:
    return gzip.decompress(packed).decode().splitlines()
