"""The three ports in memory: what lies outside all processes, and survives them."""

from __future__ import annotations

import bisect
import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from core.errors import BlobExists, BlobMissing
from core.ports import QUEUES, BlobInfo, Row

MAX_DELIVERIES = 4
Observer = Callable[[str, bytes | None, bytes | None], None]


class MemoryTables:
    """`Tables`; `observer` hears of every change: key, old bytes, new bytes."""

    def __init__(self, observer: Observer = lambda *_: None) -> None:
        self.rows: dict[str, bytes] = {}
        self.keys: list[str] = []
        self.observer = observer

    def get(self, key: str) -> bytes | None:
        return self.rows.get(key)

    def get_many(self, keys: Sequence[str]) -> dict[str, bytes]:
        return {key: self.rows[key] for key in keys if key in self.rows}

    def put(self, key: str, value: bytes) -> None:
        old = self.rows.get(key)
        if old is None:
            bisect.insort(self.keys, key)
        self.rows[key] = value
        self.observer(key, old, value)

    def put_many(self, rows: Mapping[str, bytes]) -> None:
        for key, value in rows.items():
            self.put(key, value)

    def put_if_absent(self, key: str, value: bytes) -> bool:
        if key in self.rows:
            return False
        self.put(key, value)
        return True

    def put_if_unchanged(self, key: str, value: bytes, expected: bytes) -> bool:
        if self.rows.get(key) != expected:
            return False
        self.put(key, value)
        return True

    def delete(self, key: str) -> None:
        if key in self.rows:
            del self.keys[bisect.bisect_left(self.keys, key)]
            self.observer(key, self.rows.pop(key), None)

    def delete_many(self, keys: Sequence[str]) -> None:
        for key in keys:
            self.delete(key)

    def delete_if_unchanged(self, key: str, expected: bytes) -> bool:
        if self.rows.get(key) != expected:
            return False
        self.delete(key)
        return True

    def scan(self, prefix: str, limit: int = 1000, after: str | None = None) -> list[Row]:
        start = bisect.bisect_left(self.keys, prefix)
        if after is not None:
            start = max(start, bisect.bisect_right(self.keys, after))
        found = []
        for key in self.keys[start : start + limit]:
            if not key.startswith(prefix):
                break
            found.append(Row(key, self.rows[key]))
        return found

    def ping(self) -> None:
        return

    def close(self) -> None:
        return


class MemoryBlobs:
    """`Blobs`."""

    def __init__(self) -> None:
        self.blobs: dict[str, bytes] = {}

    def write(self, name: str, chunks: Iterable[bytes], *, overwrite: bool = False) -> BlobInfo:
        data = b"".join(chunks)
        if name in self.blobs and not overwrite:
            raise BlobExists(name)
        self.blobs[name] = data
        return BlobInfo(name, len(data), hashlib.sha256(data).hexdigest())

    def read(self, name: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        if name not in self.blobs:
            raise BlobMissing(name)
        return iter([self.blobs[name][start:end]])

    def stat(self, name: str) -> BlobInfo | None:
        data = self.blobs.get(name)
        return None if data is None else BlobInfo(name, len(data), hashlib.sha256(data).hexdigest())

    def names(self, prefix: str) -> Iterator[str]:
        return iter(sorted(name for name in self.blobs if name.startswith(prefix)))

    def delete(self, name: str) -> None:
        self.blobs.pop(name, None)

    def ping(self) -> None:
        return

    def close(self) -> None:
        return


@dataclass(eq=False)
class Message:
    """One message; `taker` holds it until it acknowledges, rejects or dies."""

    body: bytes
    ready_at_s: float = 0.0
    deliveries: int = 0
    taker: object = None


class MemoryQueue:
    """What a broker keeps. `take` says in whose name; the messages of a taker that died come back."""

    def __init__(self) -> None:
        self.ready: dict[str, list[Message]] = {queue: [] for queue in QUEUES}
        self.dead: dict[str, list[Message]] = {queue: [] for queue in QUEUES}
        self.died: dict[bytes, int] = defaultdict(int)

    def publish(self, queue: str, body: bytes, ready_at_s: float = 0.0) -> None:
        self.ready[queue].append(Message(body, ready_at_s))

    def take(self, queue: str, taker: object, now_s: float, *, dead: bool = False) -> Message | None:
        for message in (self.dead if dead else self.ready)[queue]:
            if message.taker is None and message.ready_at_s <= now_s:
                message.taker = taker
                message.deliveries += 1
                return message
        return None

    def remove(self, queue: str, message: Message, *, dead: bool = False) -> None:
        held = (self.dead if dead else self.ready)[queue]
        if message in held:
            held.remove(message)

    def mark_dead(self, queue: str, message: Message) -> None:
        """To the dead letters; one that is there stays there."""
        message.taker = None
        if message in self.ready[queue]:
            self.ready[queue].remove(message)
            self.dead[queue].append(message)
            self.died[message.body] += 1

    def give_back(self, taker: object) -> None:
        """Whoever took them has died."""
        for queue in QUEUES:
            for message in list(self.ready[queue]):
                if message.taker is taker:
                    message.taker = None
                    if message.deliveries >= MAX_DELIVERIES:
                        self.mark_dead(queue, message)
            for message in self.dead[queue]:
                if message.taker is taker:
                    message.taker = None

    def depth(self, queue: str) -> int:
        return sum(message.taker is None for message in self.ready[queue])

    def forget_everything(self) -> None:
        """As a broker does whose disk was lost."""
        for queue in QUEUES:
            self.ready[queue].clear()
