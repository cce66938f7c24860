"""A fetcher whose sources hold what a test has them hold."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from core.domain.ids import now
from core.domain.records import Json
from core.domain.sources import Fetch, Source
from core.domain.users import User
from core.errors import FetchFailed
from core.ports import FETCH_QUEUE
from core.service import Service
from core.source_ports import Opened, SourceReader
from core.storage import rows
from worker.fetcher import fetch_task
from worker.fetcher.fetcher import Fetcher
from worker.intake import TaskIntake

USER = "user"
CSV = b"a,b\n1,x\n2,y\n"
Make = Callable[[], Iterator[bytes]]


@dataclass
class Away:
    """A place that holds what a test has it hold, in the stead of servers."""

    chunks: Make = lambda: iter([CSV])
    version: Json = field(default_factory=dict)
    failures: list[FetchFailed] = field(default_factory=list)
    asked: list[tuple[Json, dict[str, str], Json | None]] = field(default_factory=list)
    cut: threading.Event = field(default_factory=threading.Event)

    def of(self, kind: str, seconds: float | None = None) -> SourceReader:
        return self

    def open(
        self, spec: Json, secrets: Mapping[str, str], *, since: Json | None = None, cursor: Any = None
    ) -> Opened | None:
        self.asked.append((spec, dict(secrets), since))
        if self.failures:
            raise self.failures.pop(0)
        if since and self.version and all(since.get(name) == value for name, value in self.version.items()):
            return None
        return Opened(self.chunks(), version=self.version, cut=self.cut.set)


@pytest.fixture
def away() -> Away:
    return Away()


@pytest.fixture
def fetcher(service: Service, away: Away, monkeypatch: pytest.MonkeyPatch) -> Fetcher:
    service.ports.tables.put(rows.key("user", USER), rows.dump(User(USER, "ada", now())))
    monkeypatch.setattr(fetch_task, "RETRY_AFTER_S", (0.0, 0.0))
    return Fetcher(service, away)


def work(fetcher: Fetcher, name: str = "one") -> bool:
    return fetcher.process_one(TaskIntake(fetcher.service, FETCH_QUEUE, name, fetcher.over))


def create(service: Service, **said: Any) -> Source:
    return service.sources.create(USER, {"name": "prices", "kind": "http", "url": "https://example.org/a.csv", **said})


def request(service: Service, source: Source, key: str | None = None) -> Fetch:
    return service.sources.request_fetch(USER, source.id, {"kind": "manual"}, key=key)


def seen(service: Service, fetch: Fetch) -> Fetch:
    found = service.sources.fetch_of(USER, fetch.source_id, fetch.number)
    assert found is not None
    return found


def half_then(error: Exception) -> Make:
    def chunks() -> Iterator[bytes]:
        yield CSV
        raise error

    return chunks
