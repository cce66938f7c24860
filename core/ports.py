"""The back ends that the service needs, promising only what the weakest real one can keep.

Every adapter runs under the one contract suite of its port in `tests/contract/`. All methods are safe to call from
several threads, raise `core.errors.Unavailable` when the back end cannot be reached, and leak no error of a library.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from core.message_ports import MessageQueue

PROFILE_QUEUE = "profile"
TRAIN_QUEUE = "train"
FETCH_QUEUE = "fetch"
"""Tasks that speak to servers that users name: of the fetcher, and of no other role."""
# Each queue has an urgent one that is read first: for tasks that had begun, and must not wait behind those that have
# not.
URGENT = {queue: f"{queue}.urgent" for queue in (PROFILE_QUEUE, TRAIN_QUEUE, FETCH_QUEUE)}
QUEUES = (*URGENT, *URGENT.values())


@dataclass(frozen=True)
class Row:
    """One row of a table: a key `kind#...` and its bytes."""

    key: str
    value: bytes


class Tables(Protocol):
    """Rows by key, atomic one row at a time, scanned in key order (bytewise). No transactions over rows."""

    def get(self, key: str) -> bytes | None:
        """Return the row's bytes, None if there is no row."""

    def get_many(self, keys: Sequence[str]) -> dict[str, bytes]:
        """Return the rows that exist, by key. Not a snapshot."""

    def put(self, key: str, value: bytes) -> None:
        """Write the row, whatever it holds now."""

    def put_many(self, rows: Mapping[str, bytes]) -> None:
        """Write each of the rows as `put` does, in few calls: not all at once, an error may leave some of them."""

    def put_if_absent(self, key: str, value: bytes) -> bool:
        """Write only if there is no row; False (and nothing written) if there is."""

    def put_if_unchanged(self, key: str, value: bytes, expected: bytes) -> bool:
        """Write only if the row's bytes are exactly `expected`; False (and nothing written) otherwise."""

    def delete(self, key: str) -> None:
        """Delete the row; deleting a missing one does no harm."""

    def delete_many(self, keys: Sequence[str]) -> None:
        """Delete each of the rows as `delete` does, in few calls; an error may leave some of them."""

    def delete_if_unchanged(self, key: str, expected: bytes) -> bool:
        """Delete only if the row's bytes are exactly `expected`."""

    def scan(self, prefix: str, limit: int = 1000, after: str | None = None) -> list[Row]:
        """Return at most `limit` rows whose key starts with `prefix`, in key order, those after the key `after`."""

    def ping(self) -> None:
        """Return when the tables can be read; raise Unavailable otherwise."""

    def close(self) -> None:
        """Close the connections."""


@dataclass(frozen=True)
class BlobInfo:
    """The metadata of a blob."""

    name: str
    size_bytes: int
    sha256: str


class Blobs(Protocol):
    """Large immutable byte strings by name (`user/kind/id...`, prefix-free), with their SHA-256."""

    def write(self, name: str, chunks: Iterable[bytes], *, overwrite: bool = False) -> BlobInfo:
        """Stream the chunks in; raises BlobExists if the name is taken and `overwrite` is False.

        The blob is durable and whole on return, or not there at all when anything (the iterable included) raises.
        """

    def read(self, name: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Stream bytes [start, end) out. Raises BlobMissing before the first chunk.

        A whole read checks the SHA-256 and raises Corrupted before its last chunk is given out.
        """

    def stat(self, name: str) -> BlobInfo | None:
        """Return size and hash, None if there is no blob."""

    def names(self, prefix: str) -> Iterator[str]:
        """Yield the names that start with the prefix, in order."""

    def delete(self, name: str) -> None:
        """Delete the blob; deleting a missing one does no harm."""

    def ping(self) -> None:
        """Return when blobs can be read; raise Unavailable otherwise."""

    def close(self) -> None:
        """Close the connections."""


class Delivery(Protocol):
    """One message taken off a queue: to be acknowledged or rejected exactly once.

    If neither happens because the process that received it died, it is delivered again.
    """

    body: bytes

    def ack(self) -> None:
        """Acknowledge the message: it is done with."""

    def reject(self) -> None:
        """Move an unusable message to the dead letters; it is never delivered again by itself."""


class JobQueue(Protocol):
    """At-least-once queues of small messages, `QUEUES` by name."""

    def publish(self, queue: str, body: bytes) -> None:
        """Publish durably; raises Unavailable within a few seconds otherwise (it may have landed all the same)."""

    def receive(self, queue: str, timeout_s: float) -> Delivery | None:
        """Return the next message, waiting at most `timeout_s`; None if there was none."""

    def depth(self, queue: str) -> int:
        """Return the approximate number of messages ready to be taken."""

    def receive_dead_letter(self, queue: str) -> Delivery | None:
        """Return the next dead letter of that queue, None if there is none. `ack` deletes it."""

    def ping(self) -> None:
        """Return when messages can be published; raise Unavailable otherwise."""

    def close(self) -> None:
        """Close the connections; messages taken and not acknowledged are delivered again."""


@dataclass(frozen=True)
class OutgoingAnswer:
    """What a server that a user names has answered.

    Attributes:
        headers: by their names in lower case.
        body: its first bytes.
        is_public: whether it came from the public network: its words may be shown to the user.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    is_public: bool = False


class OutgoingHttp(Protocol):
    """Requests to servers that users name."""

    def send(
        self, method: str, url: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> OutgoingAnswer:
        """Send a request and return the answer, of whichever status; raises FetchFailed if there is none."""


class Mailer(Protocol):
    """Mail that the service sends."""

    def send(self, to: str, subject: str, text: str, message_id: str) -> None:
        """Hand the mail to its server; raises FetchFailed if that does not take it."""


@dataclass(frozen=True)
class Ports:
    """The back ends of one process; `messages` is None where nothing deals with messages from outside."""

    tables: Tables
    blobs: Blobs
    queue: JobQueue
    messages: MessageQueue | None = None

    def close(self) -> None:
        """Close all of them."""
        if self.messages is not None:
            self.messages.close()
        self.queue.close()
        self.blobs.close()
        self.tables.close()
