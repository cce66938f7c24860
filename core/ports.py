"""The three things the service needs from outside, promising only what the weakest real back end can keep.

Every adapter runs under the one contract suite of its port in `tests/contract/`. All methods are safe to call from
several threads, raise `core.errors.Unavailable` when the back end cannot be reached, and leak no error of a library.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

PROFILE_QUEUE = "profile"
TRAIN_QUEUE = "train"
# Beside each queue one that is looked at first: for work that had begun, and is not to wait behind what has not.
URGENT = {queue: f"{queue}.urgent" for queue in (PROFILE_QUEUE, TRAIN_QUEUE)}
QUEUES = (*URGENT, *URGENT.values())


@dataclass(frozen=True)
class Row:
    """One row of a table: a key `kind#...` and its bytes."""

    key: str
    value: bytes


class Tables(Protocol):
    """Rows by key, atomic one row at a time, scanned in key order (bytewise). No transactions over rows."""

    def get(self, key: str) -> bytes | None:
        """The row's bytes, None where there is no row."""

    def get_many(self, keys: Sequence[str]) -> dict[str, bytes]:
        """The rows that exist, by key. Not a snapshot."""

    def put(self, key: str, value: bytes) -> None:
        """Write whatever is there now."""

    def put_if_absent(self, key: str, value: bytes) -> bool:
        """Write only where there is no row; False (and nothing written) where there is."""

    def put_if_unchanged(self, key: str, value: bytes, expected: bytes) -> bool:
        """Write only where the row's bytes are exactly `expected`; False (and nothing written) otherwise."""

    def delete(self, key: str) -> None:
        """Delete the row; fine where there is none."""

    def delete_if_unchanged(self, key: str, expected: bytes) -> bool:
        """Delete only where the row's bytes are exactly `expected`."""

    def scan(self, prefix: str, limit: int = 1000, after: str | None = None) -> list[Row]:
        """At most `limit` rows whose key starts with `prefix`, in key order, those after the key `after`."""

    def ping(self) -> None:
        """Return when the tables can be read; raise Unavailable otherwise."""

    def close(self) -> None:
        """Let go of connections."""


@dataclass(frozen=True)
class BlobInfo:
    """What is known of a blob without reading it."""

    name: str
    size_bytes: int
    sha256: str


class Blobs(Protocol):
    """Large immutable byte strings by name (`user/kind/id...`, prefix-free), with their SHA-256."""

    def write(self, name: str, chunks: Iterable[bytes], *, overwrite: bool = False) -> BlobInfo:
        """Stream the chunks in; durable and whole on return, or not there at all when anything (the iterable
        included) raises. Raises BlobExists where the name is taken and `overwrite` is False."""

    def read(self, name: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Stream bytes [start, end) out. Raises BlobMissing before the first chunk; a whole read checks the
        SHA-256 and raises Corrupted before its last chunk is given out."""

    def stat(self, name: str) -> BlobInfo | None:
        """Size and hash, None where there is no blob."""

    def names(self, prefix: str) -> Iterator[str]:
        """Names that start with the prefix, in order."""

    def delete(self, name: str) -> None:
        """Delete the blob; fine where there is none."""

    def ping(self) -> None:
        """Return when blobs can be read; raise Unavailable otherwise."""

    def close(self) -> None:
        """Let go of connections."""


class Delivery(Protocol):
    """One message taken off a queue: to be acknowledged or rejected exactly once. When neither happens because
    its taker died, it is delivered again."""

    body: bytes

    def ack(self) -> None:
        """Done with it."""

    def reject(self) -> None:
        """Cannot be used: off to the dead letters, never delivered again by itself."""


class JobQueue(Protocol):
    """At-least-once queues of small messages, `QUEUES` by name."""

    def publish(self, queue: str, body: bytes) -> None:
        """Durable on return; raises Unavailable within a few seconds otherwise (it may have landed all the same)."""

    def receive(self, queue: str, timeout_s: float) -> Delivery | None:
        """The next message, waiting at most `timeout_s`; None when there was none."""

    def depth(self, queue: str) -> int:
        """Messages ready to be taken, about."""

    def receive_dead_letter(self, queue: str) -> Delivery | None:
        """The next dead letter of that queue, None when there is none. `ack` forgets it."""

    def ping(self) -> None:
        """Return when messages can be published; raise Unavailable otherwise."""

    def close(self) -> None:
        """Let go of connections; messages taken and not acknowledged are delivered again."""


@dataclass(frozen=True)
class Ports:
    """The three back ends of one process."""

    tables: Tables
    blobs: Blobs
    queue: JobQueue

    def close(self) -> None:
        """Close all three."""
        self.queue.close()
        self.blobs.close()
        self.tables.close()
