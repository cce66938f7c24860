"""What every adapter of `core.ports.JobQueue` keeps."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.errors import Unavailable
from core.ports import PROFILE_QUEUE, QUEUES, TRAIN_QUEUE, Delivery, JobQueue
from tests.waiting import PATIENCE_S

THREADS = 4
MESSAGES = 200

# Long enough for any back end to hand over a message that is there; nothing waits so long when all is well.


def take(queue: JobQueue, name: str = TRAIN_QUEUE) -> Delivery:
    delivery = queue.receive(name, PATIENCE_S)
    assert delivery is not None
    return delivery


def take_dead(queue: JobQueue, name: str = TRAIN_QUEUE) -> Delivery:
    """A broker may bury a message a moment after its reject has returned."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if delivery := queue.receive_dead_letter(name):
            return delivery
        time.sleep(0.01)
    raise AssertionError(f"no dead letter of {name} in {PATIENCE_S} s")


class QueueContract:
    """Subclasses supply the fixture `queue`, empty and open, and the hook `connect`."""

    def connect(self, queue: JobQueue) -> JobQueue:
        """Another connection to the same queues, as another process has; the caller closes it."""
        raise NotImplementedError

    def test_empty_queue_gives_none(self, queue: JobQueue) -> None:
        assert queue.receive(TRAIN_QUEUE, 0) is None
        assert queue.receive(TRAIN_QUEUE, 0.05) is None
        assert queue.receive_dead_letter(TRAIN_QUEUE) is None

    @pytest.mark.parametrize("body", [b"", b"\0\xff", b'{"job": "1"}', b"x" * 100_000])
    def test_published_message_is_taken_byte_for_byte(self, queue: JobQueue, body: bytes) -> None:
        queue.publish(TRAIN_QUEUE, body)
        assert take(queue).body == body

    def test_queues_are_apart(self, queue: JobQueue) -> None:
        for name in QUEUES:
            queue.publish(name, name.encode())
        for name in QUEUES:
            assert take(queue, name).body == name.encode()
            assert queue.receive(name, 0) is None

    def test_several_messages_may_be_held_at_once(self, queue: JobQueue) -> None:
        for number in range(10):
            queue.publish(TRAIN_QUEUE, b"%d" % number)
        held = [take(queue) for _ in range(10)]
        assert {delivery.body for delivery in held} == {b"%d" % number for number in range(10)}

    def test_depth_counts_what_is_ready(self, queue: JobQueue) -> None:
        assert queue.depth(TRAIN_QUEUE) == 0
        queue.publish(TRAIN_QUEUE, b"1")
        queue.publish(TRAIN_QUEUE, b"2")
        assert queue.depth(TRAIN_QUEUE) == 2
        assert queue.depth(PROFILE_QUEUE) == 0

    def test_message_is_taken_by_one_while_it_is_held(self, queue: JobQueue) -> None:
        other = self.connect(queue)
        queue.publish(TRAIN_QUEUE, b"1")
        held = take(queue)
        assert queue.receive(TRAIN_QUEUE, 0.05) is None
        assert other.receive(TRAIN_QUEUE, 0.05) is None
        held.ack()
        other.close()

    def test_acknowledged_message_never_comes_back(self, queue: JobQueue) -> None:
        taker = self.connect(queue)
        queue.publish(TRAIN_QUEUE, b"1")
        take(taker).ack()
        taker.close()
        assert queue.receive(TRAIN_QUEUE, 0.1) is None
        assert queue.receive_dead_letter(TRAIN_QUEUE) is None

    def test_closed_taker_gives_its_messages_back(self, queue: JobQueue) -> None:
        taker = self.connect(queue)
        queue.publish(TRAIN_QUEUE, b"1")
        queue.publish(TRAIN_QUEUE, b"2")
        take(taker).ack()
        take(taker)
        taker.close()
        assert take(queue).body == b"2"
        assert queue.receive(TRAIN_QUEUE, 0.05) is None

    def test_rejected_message_is_dead(self, queue: JobQueue) -> None:
        queue.publish(TRAIN_QUEUE, b"garbled")
        take(queue).reject()
        dead = take_dead(queue)
        assert dead.body == b"garbled"
        assert queue.receive(TRAIN_QUEUE, 0.05) is None
        assert queue.receive_dead_letter(PROFILE_QUEUE) is None
        dead.ack()
        assert queue.receive_dead_letter(TRAIN_QUEUE) is None

    def test_dead_letter_that_was_not_acknowledged_stays_one(self, queue: JobQueue) -> None:
        queue.publish(TRAIN_QUEUE, b"garbled")
        take(queue).reject()
        taker = self.connect(queue)
        take_dead(taker)
        taker.close()
        assert queue.receive(TRAIN_QUEUE, 0.05) is None
        take_dead(queue).ack()

    def test_taker_that_waits_gets_what_is_published_meanwhile(self, queue: JobQueue) -> None:
        publisher = self.connect(queue)
        with ThreadPoolExecutor(1) as threads:
            taken = threads.submit(take, queue)
            publisher.publish(TRAIN_QUEUE, b"1")
            delivery = taken.result()
        assert delivery.body == b"1"
        delivery.ack()
        publisher.close()

    def test_every_message_goes_to_one_of_the_takers(self, queue: JobQueue) -> None:
        def take_all(taker: JobQueue) -> list[bytes]:
            bodies = []
            while delivery := taker.receive(TRAIN_QUEUE, 0.5):
                bodies.append(delivery.body)
                delivery.ack()
            return bodies

        for number in range(MESSAGES):
            queue.publish(TRAIN_QUEUE, b"%d" % number)
        takers = [queue, queue, self.connect(queue), self.connect(queue)]
        with ThreadPoolExecutor(THREADS) as threads:
            taken = Counter(body for bodies in threads.map(take_all, takers) for body in bodies)
        assert taken == Counter(b"%d" % number for number in range(MESSAGES))
        for taker in takers[2:]:
            taker.close()

    def test_publishers_side_by_side_lose_nothing(self, queue: JobQueue) -> None:
        def publish(thread: int) -> None:
            for number in range(25):
                queue.publish(TRAIN_QUEUE, b"%d/%d" % (thread, number))

        with ThreadPoolExecutor(THREADS) as threads:
            list(threads.map(publish, range(THREADS)))
        assert len({take(queue).body for _ in range(THREADS * 25)}) == THREADS * 25

    def test_ping_returns(self, queue: JobQueue) -> None:
        queue.ping()

    def test_closed_queue_is_unavailable(self, queue: JobQueue) -> None:
        queue.close()
        queue.close()
        with pytest.raises(Unavailable):
            queue.publish(TRAIN_QUEUE, b"1")
        with pytest.raises(Unavailable):
            queue.receive(TRAIN_QUEUE, 0)
