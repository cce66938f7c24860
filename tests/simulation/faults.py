"""One process's way to the ports, and what goes wrong on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from core.errors import Unavailable
from core.ports import BlobInfo, Row
from tests.simulation.memory import MemoryBlobs, MemoryQueue, MemoryTables, Message
from tests.simulation.scheduler import Process, Scheduler

T = TypeVar("T")

CRASH_BEFORE, CRASH_AFTER = "crash before", "crash after"
REFUSED, ANSWER_LOST, SLOW = "refused", "answer lost", "slow"
FAULTS = (CRASH_BEFORE, CRASH_AFTER, REFUSED, ANSWER_LOST, SLOW)
POLL_S = 0.5


@dataclass
class FaultPlan:
    """What goes wrong, and how often.

    Attributes:
        odds: chance of each fault at a port call.
        away: until when which port answers nobody, by its name, or by its name and that of a process.
        planned: the fault of one call of one process, by its name and the number of the call.
        duplicated, delayed, lost: chance of each for a message.
    """

    odds: dict[str, float] = field(default_factory=dict)
    away: dict[str, float] = field(default_factory=dict)
    planned: dict[tuple[str, int], str] = field(default_factory=dict)
    duplicated: float = 0.0
    delayed: float = 0.0
    lost: float = 0.0
    calls: dict[str, int] = field(default_factory=dict)
    crashes: Counter[str] = field(default_factory=Counter)

    def clear(self) -> None:
        """From here on nothing goes wrong any more."""
        self.odds, self.away, self.planned = {}, {}, {}
        self.duplicated = self.delayed = self.lost = 0.0


class FaultyPort:
    """Each call of a port passes here: others run before it, and it may fail on its way there or back."""

    def __init__(self, scheduler: Scheduler, weather: FaultPlan, process: Process) -> None:
        self.scheduler = scheduler
        self.weather = weather
        self.process = process

    def call(self, port: str, effect: Callable[[], T]) -> T:
        scheduler, fault = self.scheduler, self._fault()
        if scheduler.random.random() < 0.5:  # Others need not run before each call, only before any.
            scheduler.sleep(scheduler.random.random() * 0.02)
        if fault == SLOW:
            scheduler.sleep(scheduler.random.random() * 5.0)
        if max(self.weather.away.get(name, 0.0) for name in (port, f"{port} {self.process.name}")) > scheduler.now_s:
            scheduler.sleep(scheduler.random.random())
            raise Unavailable(f"{port} away")
        if fault == CRASH_BEFORE:
            self._crash()
        if fault == REFUSED:
            raise Unavailable(f"{port} refused")
        result = effect()
        if fault == CRASH_AFTER:
            self._crash()
        if fault == ANSWER_LOST:
            raise Unavailable(f"{port} did not answer")
        if fault == SLOW:
            scheduler.sleep(scheduler.random.random() * 5.0)
        return result

    def _crash(self) -> None:
        self.weather.crashes[self.process.name] += 1
        self.scheduler.kill(self.process)

    def _fault(self) -> str | None:
        weather, name = self.weather, self.process.name
        number = weather.calls[name] = weather.calls.get(name, 0) + 1
        if weather.planned:
            return weather.planned.get((name, number))
        if weather.odds:
            dice = self.scheduler.random.random()
            for fault, chance in weather.odds.items():
                dice -= chance
                if dice < 0:
                    return fault
        return None


class FaultyTables:
    """`Tables` at the end of a line."""

    def __init__(self, line: FaultyPort, tables: MemoryTables) -> None:
        self.line = line
        self.tables = tables

    def get(self, key: str) -> bytes | None:
        return self.line.call("tables", lambda: self.tables.get(key))

    def get_many(self, keys: Sequence[str]) -> dict[str, bytes]:
        return self.line.call("tables", lambda: self.tables.get_many(keys))

    def put(self, key: str, value: bytes) -> None:
        self.line.call("tables", lambda: self.tables.put(key, value))

    def put_many(self, rows: Mapping[str, bytes]) -> None:
        self.line.call("tables", lambda: self.tables.put_many(rows))

    def put_if_absent(self, key: str, value: bytes) -> bool:
        return self.line.call("tables", lambda: self.tables.put_if_absent(key, value))

    def put_if_unchanged(self, key: str, value: bytes, expected: bytes) -> bool:
        return self.line.call("tables", lambda: self.tables.put_if_unchanged(key, value, expected))

    def delete(self, key: str) -> None:
        self.line.call("tables", lambda: self.tables.delete(key))

    def delete_many(self, keys: Sequence[str]) -> None:
        self.line.call("tables", lambda: self.tables.delete_many(keys))

    def delete_if_unchanged(self, key: str, expected: bytes) -> bool:
        return self.line.call("tables", lambda: self.tables.delete_if_unchanged(key, expected))

    def scan(self, prefix: str, limit: int = 1000, after: str | None = None) -> list[Row]:
        return self.line.call("tables", lambda: self.tables.scan(prefix, limit, after))

    def ping(self) -> None:
        self.line.call("tables", self.tables.ping)

    def close(self) -> None:
        return


class FaultyBlobs:
    """`Blobs` at the end of a line."""

    def __init__(self, line: FaultyPort, blobs: MemoryBlobs) -> None:
        self.line = line
        self.blobs = blobs

    def write(self, name: str, chunks: Iterable[bytes], *, overwrite: bool = False) -> BlobInfo:
        data = list(chunks)  # What raises while it is read leaves nothing.
        return self.line.call("blobs", lambda: self.blobs.write(name, data, overwrite=overwrite))

    def read(self, name: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        return self.line.call("blobs", lambda: self.blobs.read(name, start, end))

    def stat(self, name: str) -> BlobInfo | None:
        return self.line.call("blobs", lambda: self.blobs.stat(name))

    def names(self, prefix: str) -> Iterator[str]:
        return self.line.call("blobs", lambda: self.blobs.names(prefix))

    def delete(self, name: str) -> None:
        self.line.call("blobs", lambda: self.blobs.delete(name))

    def ping(self) -> None:
        self.line.call("blobs", self.blobs.ping)

    def close(self) -> None:
        return


class FaultyQueue:
    """`JobQueue` at the end of a line, over a broker that may lose, double and delay."""

    def __init__(self, line: FaultyPort, broker: MemoryQueue) -> None:
        self.line = line
        self.broker = broker

    def publish(self, queue: str, body: bytes) -> None:
        def send() -> None:
            weather, dice = self.line.weather, self.line.scheduler.random
            for _ in range(1 + (dice.random() < weather.duplicated)):
                late_s = dice.random() * 10.0 if dice.random() < weather.delayed else 0.0
                if dice.random() >= weather.lost:
                    self.broker.publish(queue, body, self.line.scheduler.now_s + late_s)

        self.line.call("queue", send)

    def receive(self, queue: str, timeout_s: float) -> FaultyDelivery | None:
        scheduler = self.line.scheduler
        deadline_s = scheduler.now_s + timeout_s
        while True:
            message = self.line.call("queue", lambda: self.broker.take(queue, self.line.process, scheduler.now_s))
            if message is not None:
                return FaultyDelivery(self, queue, message, dead=False)
            if scheduler.now_s >= deadline_s:
                return None
            scheduler.sleep(POLL_S)

    def depth(self, queue: str) -> int:
        return self.line.call("queue", lambda: self.broker.depth(queue))

    def receive_dead_letter(self, queue: str) -> FaultyDelivery | None:
        now_s, taker = self.line.scheduler.now_s, self.line.process
        message = self.line.call("queue", lambda: self.broker.take(queue, taker, now_s, dead=True))
        return None if message is None else FaultyDelivery(self, queue, message, dead=True)

    def ping(self) -> None:
        self.line.call("queue", lambda: None)

    def close(self) -> None:
        return


class FaultyDelivery:
    """`Delivery`. As with a real broker whose connection has died, nobody hears that an acknowledgement was lost."""

    def __init__(self, queue: FaultyQueue, name: str, message: Message, *, dead: bool) -> None:
        self.body = message.body
        self._queue = queue
        self._name = name
        self._message = message
        self._dead = dead

    def ack(self) -> None:
        self._settle(lambda: self._queue.broker.remove(self._name, self._message, dead=self._dead))

    def reject(self) -> None:
        self._settle(lambda: self._queue.broker.mark_dead(self._name, self._message))

    def _settle(self, effect: Callable[[], None]) -> None:
        self._queue.line.call("queue", effect)
