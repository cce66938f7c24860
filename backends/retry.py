"""Retries over any tables or blobs: with jitter, and a deadline.

A conditional write is retried too, although its first try may have been written unseen: if the second try finds the row
changed, it checks whether the change was its own. The queue is left out: publishing is bounded by its callers, and the
sweeper is its second try.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from core.errors import Unavailable
from core.ports import BlobInfo, Blobs, Row, Tables

T = TypeVar("T")

FIRST_PAUSE_S, LAST_PAUSE_S = 0.05, 1.0


class Retrying:
    """Retry operations that raise Unavailable, until the deadline has passed."""

    def __init__(self, deadline_s: float) -> None:
        self.deadline_s = deadline_s

    def call(self, operation: Callable[[], T]) -> T:
        """Return the operation's result; raise its last Unavailable when time is up."""
        deadline = time.monotonic() + self.deadline_s
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                return operation()
            except Unavailable:
                # Full jitter: callers that failed together do not come back together.
                wait_s = random.uniform(0, pause_s)
                if time.monotonic() + wait_s > deadline:
                    raise
                time.sleep(wait_s)
                pause_s = min(2 * pause_s, LAST_PAUSE_S)


class RetryingTables(Retrying):
    """Any tables, with retries."""

    def __init__(self, tables: Tables, deadline_s: float) -> None:
        super().__init__(deadline_s)
        self.tables = tables

    def get(self, key: str) -> bytes | None:
        return self.call(lambda: self.tables.get(key))

    def get_many(self, keys: Sequence[str]) -> dict[str, bytes]:
        return self.call(lambda: self.tables.get_many(keys))

    def put(self, key: str, value: bytes) -> None:
        self.call(lambda: self.tables.put(key, value))

    def put_many(self, rows: Mapping[str, bytes]) -> None:
        self.call(lambda: self.tables.put_many(rows))

    def put_if_absent(self, key: str, value: bytes) -> bool:
        return self._conditional(lambda: self.tables.put_if_absent(key, value), lambda: self.tables.get(key) == value)

    def put_if_unchanged(self, key: str, value: bytes, expected: bytes) -> bool:
        return self._conditional(
            lambda: self.tables.put_if_unchanged(key, value, expected), lambda: self.tables.get(key) == value
        )

    def delete(self, key: str) -> None:
        self.call(lambda: self.tables.delete(key))

    def delete_many(self, keys: Sequence[str]) -> None:
        self.call(lambda: self.tables.delete_many(keys))

    def delete_if_unchanged(self, key: str, expected: bytes) -> bool:
        return self._conditional(
            lambda: self.tables.delete_if_unchanged(key, expected), lambda: self.tables.get(key) is None
        )

    def scan(self, prefix: str, limit: int = 1000, after: str | None = None) -> list[Row]:
        return self.call(lambda: self.tables.scan(prefix, limit, after))

    def ping(self) -> None:
        self.tables.ping()

    def close(self) -> None:
        self.tables.close()

    def _conditional(self, write: Callable[[], bool], landed: Callable[[], bool]) -> bool:
        tries = 0

        def attempt() -> bool:
            nonlocal tries
            tries += 1
            return write() or (tries > 1 and landed())

        return self.call(attempt)


class RetryingBlobs(Retrying):
    """Any blobs, with retries of every operation that has not begun to stream."""

    def __init__(self, blobs: Blobs, deadline_s: float) -> None:
        super().__init__(deadline_s)
        self.blobs = blobs

    def write(self, name: str, chunks: Iterable[bytes], *, overwrite: bool = False) -> BlobInfo:
        return self.blobs.write(name, chunks, overwrite=overwrite)

    def read(self, name: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        return self.call(lambda: self.blobs.read(name, start, end))

    def stat(self, name: str) -> BlobInfo | None:
        return self.call(lambda: self.blobs.stat(name))

    def names(self, prefix: str) -> Iterator[str]:
        return iter(self.call(lambda: list(self.blobs.names(prefix))))

    def delete(self, name: str) -> None:
        self.call(lambda: self.blobs.delete(name))

    def ping(self) -> None:
        self.blobs.ping()

    def close(self) -> None:
        self.blobs.close()
