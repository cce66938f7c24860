"""Queues in one SQLite file, for the processes of one machine: the embedded default."""

from __future__ import annotations

import os
import secrets
import threading
import time
from collections.abc import Collection
from pathlib import Path

from backends.file_lock import HeldLock, is_held, remove_abandoned
from backends.filesystem import os_errors_as_unavailable
from backends.sqlite_database import Database
from core.ports import QUEUES, Delivery

VERSION = 1

# A message without a taker is ready. `dead` ones are the queue's dead letters.
SCHEMA = """
CREATE TABLE messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    queue TEXT NOT NULL,
    body BLOB NOT NULL,
    dead INTEGER NOT NULL DEFAULT 0,
    taker TEXT,
    deliveries INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX ready ON messages (queue, dead, id) WHERE taker IS NULL;
CREATE INDEX taken ON messages (taker) WHERE taker IS NOT NULL
"""

# Deliveries without an acknowledgement after which the message is likely what kills its takers.
MAX_DELIVERIES = 4

# Seconds between polls. Measured: a thread that waits for messages costs between 1 and 2 % of a core.
POLL_S = 0.02


class LocalQueue:
    """The `JobQueue` port over an existing file; `initialize` makes it.

    Every taker of messages holds a locked file in the folder `<path>-takers` (see `backends.file_lock`); messages
    of a taker whose file is not held any more are delivered again, to the next taker.

    Args:
        path: the file.
        names: the queues that there are; None: as many as anybody names.
        max_deliveries: deliveries without an acknowledgement after which a message is a dead letter.
    """

    def __init__(
        self, path: Path, names: Collection[str] | None = QUEUES, max_deliveries: int = MAX_DELIVERIES
    ) -> None:
        self._names = names
        self._max_deliveries = max_deliveries
        self._database = Database(path, VERSION)
        self._folder = _consumers_folder(path)
        self._takers: dict[int, HeldLock] = {}
        self._closing = threading.Event()
        with os_errors_as_unavailable(self._folder):
            remove_abandoned(self._folder)

    @staticmethod
    def initialize(path: Path) -> None:
        """Make the file and the takers' folder; existing ones are left as they are."""
        with os_errors_as_unavailable(path):
            _consumers_folder(path).mkdir(mode=0o700, exist_ok=True)
        Database.create(path, VERSION, SCHEMA)

    def publish(self, queue: str, body: bytes) -> None:
        with self._database.writing() as connection:
            connection.execute("INSERT INTO messages (queue, body) VALUES (?, ?)", (self._known(queue), body))

    def receive(self, queue: str, timeout_s: float) -> Delivery | None:
        deadline = time.monotonic() + timeout_s
        while True:
            self._return_abandoned()
            if delivery := self._receive(queue, dead=False):
                return delivery
            remaining_s = deadline - time.monotonic()
            if remaining_s <= 0:
                return None
            self._closing.wait(min(POLL_S, remaining_s))

    def depth(self, queue: str) -> int:
        with self._database.connection() as connection:
            (count,) = connection.execute(
                "SELECT count(*) FROM messages WHERE queue = ? AND dead = 0 AND taker IS NULL",
                (self._known(queue),),
            ).fetchone()
        return int(count)

    def receive_dead_letter(self, queue: str) -> Delivery | None:
        self._return_abandoned()
        return self._receive(queue, dead=True)

    def queues_ready(self) -> set[str]:
        """Return the queues with messages ready to be taken."""
        self._return_abandoned()
        with self._database.connection() as connection:
            found = connection.execute("SELECT DISTINCT queue FROM messages WHERE dead = 0 AND taker IS NULL")
            return {name for (name,) in found.fetchall()}

    def delete(self, queue: str) -> None:
        """Delete all messages of the queue, dead letters and messages that somebody holds included."""
        with self._database.writing() as connection:
            connection.execute("DELETE FROM messages WHERE queue = ?", (self._known(queue),))

    def wait(self, timeout_s: float) -> bool:
        """Wait for a while; return whether the queue is being closed."""
        return self._closing.wait(timeout_s)

    def ping(self) -> None:
        with self._database.connection() as connection:
            connection.execute("SELECT id FROM messages LIMIT 1").fetchall()

    def close(self) -> None:
        taker = self._takers.pop(os.getpid(), None)
        try:
            if taker is not None:
                self._return_messages(taker.path.name)
        finally:
            self._closing.set()
            self._database.close()
            if taker is not None:
                taker.discard()

    def _receive(self, queue: str, *, dead: bool) -> Delivery | None:
        with self._database.connection() as connection:
            # Read first: an update locks out other writers even where it finds nothing.
            while first := connection.execute(
                "SELECT id FROM messages WHERE queue = ? AND dead = ? AND taker IS NULL ORDER BY id LIMIT 1",
                (self._known(queue), dead),
            ).fetchone():
                taker = self._consumer()
                rows = connection.execute(
                    "UPDATE messages SET taker = ?, deliveries = deliveries + 1"
                    " WHERE id = ? AND taker IS NULL RETURNING id, body",
                    (taker, *first),
                ).fetchall()
                if rows:
                    return LocalDelivery(self._database, taker, *rows[0])
        return None

    def _consumer(self) -> str:
        """Return the name under which this process takes messages; one per process, also after a fork."""
        pid = os.getpid()
        taker = self._takers.get(pid)
        if taker is None:
            with os_errors_as_unavailable(self._folder):
                new = HeldLock(self._folder / secrets.token_hex(8))
            taker = self._takers.setdefault(pid, new)
            if taker is not new:
                new.discard()  # another thread was first
        return taker.path.name

    def _return_abandoned(self) -> None:
        with self._database.connection() as connection:
            takers = connection.execute("SELECT DISTINCT taker FROM messages WHERE taker IS NOT NULL").fetchall()
        for (taker,) in takers:
            with os_errors_as_unavailable(self._folder):
                held = is_held(self._folder / taker)
            if not held:
                self._return_messages(taker)

    def _return_messages(self, taker: str) -> None:
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE messages SET taker = NULL, dead = dead OR deliveries >= ? WHERE taker = ?",
                (self._max_deliveries, taker),
            )

    def _known(self, queue: str) -> str:
        if self._names is not None and queue not in self._names:
            raise ValueError(f"there is no queue {queue!r}; the queues are {', '.join(self._names)}")
        return queue


class LocalDelivery:
    """A message taken off a `LocalQueue`; left alone if it was requeued meanwhile, for others may have it."""

    def __init__(self, database: Database, taker: str, id: int, body: bytes) -> None:
        self.body = body
        self._database = database
        self._mine = (id, taker)

    def ack(self) -> None:
        with self._database.writing() as connection:
            connection.execute("DELETE FROM messages WHERE id = ? AND taker = ?", self._mine)

    def reject(self) -> None:
        with self._database.writing() as connection:
            connection.execute("UPDATE messages SET taker = NULL, dead = 1 WHERE id = ? AND taker = ?", self._mine)


def _consumers_folder(path: Path) -> Path:
    return path.with_name(path.name + "-takers")
