from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import replace

import pika
import pytest

from backends.queue.rabbitmq_messages import RabbitMessages
from core.message_ports import DEAD, Message, MessageQueue
from core.messages.dead_letters import REASON, put_aside
from tests.contract.messages_contract import FULL, QUEUE, MessagesContract, take
from tests.emulators.rabbitmq import RabbitBroker, running_broker
from tests.waiting import wait_for


@pytest.fixture(scope="module")
def broker() -> RabbitBroker:
    return running_broker()


class TestRabbitMessages(MessagesContract):
    @pytest.fixture
    def queue(self, broker: RabbitBroker) -> Iterator[RabbitMessages]:
        self.url, self.prefix = broker.url, f"{secrets.token_hex(4)}."
        queue = RabbitMessages(self.url, self.prefix)
        yield queue
        queue.close()

    def connect(self, queue: MessageQueue) -> MessageQueue:
        return RabbitMessages(self.url, self.prefix)

    @pytest.mark.parametrize("name", ["train", "scored", "score.other", "anything"])
    def test_a_reply_reaches_none_of_the_services_own_queues(self, queue: RabbitMessages, name: str) -> None:
        queue.make(name)
        assert not queue.reply(f"{self.prefix}{name}", Message(b"hello"))
        assert queue.depth(name) == 0

    def test_a_reply_that_nobody_waits_for_is_seen(self, queue: RabbitMessages) -> None:
        assert not queue.reply(f"gone-{secrets.token_hex(4)}", Message(b"hello"))

    def test_a_queue_that_somebody_else_has_made_is_used_as_it_is(self, queue: RabbitMessages) -> None:
        with pika.BlockingConnection(pika.URLParameters(self.url)) as connection:
            connection.channel().queue_declare(self.prefix + QUEUE, durable=True)
        queue.publish(QUEUE, FULL)
        held = take(queue)
        assert held.message == FULL
        held.ack()

    def test_an_announcement_reaches_whoever_has_bound_a_queue_to_it(self, queue: RabbitMessages) -> None:
        queue.announce("events.out", "job.failed.ada", Message(b"nobody listens yet"))
        with pika.BlockingConnection(pika.URLParameters(self.url)) as connection:
            channel = connection.channel()
            mine = channel.queue_declare("", exclusive=True).method.queue
            channel.queue_bind(mine, f"{self.prefix}events.out", "job.#")
            queue.announce("events.out", "alias.set.ada", FULL)
            queue.announce("events.out", "job.failed.ada", FULL)
            wait_for(lambda: channel.queue_declare(mine, passive=True).method.message_count)
            method, properties, body = channel.basic_get(mine, auto_ack=True)
            assert (method.routing_key, body) == ("job.failed.ada", FULL.body)
            assert (properties.content_type, properties.message_id) == (FULL.content_type, FULL.id)
            assert channel.basic_get(mine, auto_ack=True) == (None, None, None)

    def test_messages_of_a_lost_connection_are_not_held(self, queue: RabbitMessages, broker: RabbitBroker) -> None:
        queue.publish(QUEUE, FULL)
        held = take(queue)
        broker.kill()
        broker.start()
        wait_for(lambda: not held.is_held)

    def test_an_exchange_brings_what_a_bound_queue_asks_for_with_its_routing_key(self, queue: RabbitMessages) -> None:
        queue.bind(QUEUE, "events", "data.#")
        queue.announce("events", "data.abc", FULL)
        queue.announce("events", "other.abc", FULL)
        held = take(queue)
        assert held.message == replace(FULL, routing_key="data.abc")
        held.ack()
        assert queue.take([QUEUE], 1, 0.2) == []

    def test_a_message_that_was_brought_is_a_dead_letter_as_it_came(self, queue: RabbitMessages) -> None:
        queue.bind(QUEUE, "events", "data.#")
        queue.announce("events", "data.abc", FULL)
        put_aside(queue, take(queue), "WRONG", "It is wrong.")
        (dead,) = queue.pop(QUEUE + DEAD, 2)
        assert (dead.body, dead.headers[REASON], dead.headers["trace"]) == (FULL.body, "WRONG", "7")
