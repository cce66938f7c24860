"""What every adapter of `core.ports.MessageQueue` keeps."""

from __future__ import annotations

import pytest

from core.errors import Unavailable
from core.message_ports import DEAD, HeldMessage, Message, MessageQueue
from tests.waiting import PATIENCE_S, wait_for

QUEUE, OTHER = "score.income", "score.house-prices"
FULL = Message(b"a,b\n1,2\n", "text/csv", "m1", "their.queue", "c1", {"trace": "7"}, 1_700_000_000)


def take(queue: MessageQueue, *names: str) -> HeldMessage:
    (held,) = queue.take(names or (QUEUE,), 1, PATIENCE_S)
    return held


class MessagesContract:
    """Subclasses supply the fixture `queue`, empty and open, and the hook `connect`."""

    def connect(self, queue: MessageQueue) -> MessageQueue:
        """Another connection to the same queues, as another process has; the caller closes it."""
        raise NotImplementedError

    @pytest.mark.parametrize("message", [FULL, Message(b""), Message(b"\0\xff" * 50_000)])
    def test_a_message_comes_as_it_was_published(self, queue: MessageQueue, message: Message) -> None:
        queue.publish(QUEUE, message)
        held = take(queue)
        assert (held.queue, held.message) == (QUEUE, message)
        held.ack()

    def test_a_queue_that_is_empty_or_not_there_gives_nothing(self, queue: MessageQueue) -> None:
        assert queue.depth(QUEUE) == 0
        assert queue.pop(QUEUE, 10) == []
        queue.make(QUEUE)
        queue.make(QUEUE)
        assert queue.take([QUEUE], 10, 0.05) == []
        assert queue.depth(QUEUE) == 0

    def test_several_queues_are_taken_together_and_each_message_says_its_own(self, queue: MessageQueue) -> None:
        for name in (QUEUE, OTHER):
            queue.publish(name, Message(name.encode()))
        found: list[HeldMessage] = []
        while len(found) < 2:
            more = queue.take([QUEUE, OTHER], 10, PATIENCE_S)
            assert more
            found += more
        assert {(held.queue, held.message.body) for held in found} == {
            (QUEUE, QUEUE.encode()),
            (OTHER, OTHER.encode()),
        }

    def test_a_queue_that_was_not_asked_for_keeps_its_messages(self, queue: MessageQueue) -> None:
        queue.publish(OTHER, FULL)
        assert queue.take([QUEUE], 10, 0.1) == []
        assert take(queue, OTHER).message == FULL

    def test_acknowledged_messages_are_over(self, queue: MessageQueue) -> None:
        other = self.connect(queue)
        queue.publish(QUEUE, FULL)
        held = take(other)
        assert held.is_held
        held.ack()
        assert not held.is_held
        other.close()
        assert queue.take([QUEUE], 1, 0.2) == []

    def test_a_taker_that_goes_away_gives_its_messages_back(self, queue: MessageQueue) -> None:
        other = self.connect(queue)
        for number in range(3):
            queue.publish(QUEUE, Message(b"%d" % number))
        take(other).ack()
        take(other)
        other.close()
        bodies: set[bytes] = set()
        while len(bodies) < 2:
            more = queue.take([QUEUE], 10, PATIENCE_S)
            assert more
            bodies |= {held.message.body for held in more}
        assert bodies == {b"1", b"2"}

    def test_a_queue_is_bound_to_an_exchange_however_often(self, queue: MessageQueue) -> None:
        for _ in range(2):
            queue.bind(QUEUE, "events", "data.#")
        assert queue.take([QUEUE], 1, 0.05) == []
        queue.publish(QUEUE, FULL)
        assert take(queue).message == FULL

    def test_what_is_popped_is_out_of_the_queue(self, queue: MessageQueue) -> None:
        for number in range(3):
            queue.publish(QUEUE, Message(b"%d" % number))
        found = [message.body for message in queue.pop(QUEUE, 2)]
        assert found == [b"0", b"1"]
        assert [message.body for message in queue.pop(QUEUE, 10)] == [b"2"]
        assert queue.pop(QUEUE, 10) == []

    def test_a_deleted_queue_leaves_nothing(self, queue: MessageQueue) -> None:
        for name in (QUEUE, QUEUE + DEAD):
            queue.publish(name, FULL)
        queue.delete(QUEUE)
        queue.delete(QUEUE)
        assert queue.pop(QUEUE, 1) == queue.pop(QUEUE + DEAD, 1) == []

    def test_depth_counts_what_is_ready(self, queue: MessageQueue) -> None:
        queue.publish(QUEUE, FULL)
        queue.publish(QUEUE, FULL)
        wait_for(lambda: queue.depth(QUEUE) == 2)

    def test_a_closed_queue_is_unavailable(self, queue: MessageQueue) -> None:
        queue.close()
        queue.close()
        with pytest.raises(Unavailable):
            queue.publish(QUEUE, FULL)
        with pytest.raises(Unavailable):
            queue.take([QUEUE], 1, 0)
