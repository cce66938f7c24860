"""What no contract of a queue says: what RabbitMQ refuses, and how connections live and end."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from backends.queue.rabbitmq import RabbitQueue
from core.errors import Unavailable
from core.ports import TRAIN_QUEUE
from core.settings import SettingError
from tests.emulators.ports import reserve_ports
from tests.emulators.rabbitmq import RabbitBroker
from tests.unit.backends.queue.conftest import take, take_bodies
from tests.waiting import PATIENCE_S


def test_message_that_kills_its_takers_ends_with_the_dead(connect: Callable[[], RabbitQueue]) -> None:
    queue = connect()
    queue.publish(TRAIN_QUEUE, b"poison")
    for _ in range(4):
        taker = connect()
        take(taker)
        taker.close()
    deadline = time.monotonic() + PATIENCE_S
    while (dead := queue.receive_dead_letter(TRAIN_QUEUE)) is None:
        assert time.monotonic() < deadline
    assert dead.body == b"poison"
    dead.reject()  # Stays what it is.
    while (dead := queue.receive_dead_letter(TRAIN_QUEUE)) is None:
        assert time.monotonic() < deadline
    dead.ack()
    assert queue.receive(TRAIN_QUEUE, 0.1) is None


def test_initialise_leaves_what_is_there(broker: RabbitBroker, queue: RabbitQueue, prefix: str) -> None:
    queue.publish(TRAIN_QUEUE, b"1")
    RabbitQueue.initialize(broker.url, prefix)
    assert take(queue).body == b"1"


def test_initialise_tells_of_other_arguments(
    broker: RabbitBroker, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backends.queue.rabbitmq.MAX_LENGTH", 7)
    with pytest.raises(Unavailable, match=rf"x-max-length.*{prefix}.*NOBRAINS_RABBITMQ_PREFIX"):
        RabbitQueue.initialize(broker.url, prefix)


def test_connection_lives_while_the_process_is_busy(connect: Callable[[str], RabbitQueue]) -> None:
    queue, other = connect("?heartbeat=1"), connect("")
    queue.publish(TRAIN_QUEUE, b"1")
    delivery = take(queue)
    until = time.monotonic() + 5.0  # A broker waits twice the heartbeat.
    while time.monotonic() < until:
        sum(range(100_000))
    assert other.receive(TRAIN_QUEUE, 0.1) is None
    delivery.ack()
    queue.close()
    assert other.receive(TRAIN_QUEUE, 0.1) is None


FORK = """
import os, sys
from backends.queue.rabbitmq import RabbitQueue
queue = RabbitQueue(*sys.argv[1:])
queue.publish("train", b"parent")
held = queue.receive("train", 10)
if os.fork() == 0:
    queue.publish("train", b"child")
    queue.receive("train", 10).ack()
    queue.close()
    os._exit(0)
assert os.wait()[1] == 0
held.ack()
queue.publish("train", b"parent again")
queue.close()
"""


def test_forked_child_has_a_connection_of_its_own(
    broker: RabbitBroker, prefix: str, queue: RabbitQueue, start_python: Callable[..., object]
) -> None:
    process = start_python(FORK, broker.url, prefix)
    assert process.wait(PATIENCE_S) == 0  # type: ignore[attr-defined]
    assert take_bodies(queue, {b"parent again"}) == {b"parent again"}


def test_nobody_there_is_told_at_once_without_the_password() -> None:
    (port,) = reserve_ports(1)
    queue = RabbitQueue(f"amqp://ada:secret@127.0.0.1:{port}/%2F", "")
    for _ in range(3):
        with pytest.raises(Unavailable, match=f"refused.*127.0.0.1:{port}") as caught:
            queue.publish(TRAIN_QUEUE, b"1")
        assert "secret" not in str(caught.value)
    queue.close()


def test_wrong_password_is_told(broker: RabbitBroker) -> None:
    queue = RabbitQueue(broker.url.replace("guest:guest", "guest:wrong"), "")
    with pytest.raises(Unavailable, match="refused the user or the password"):
        queue.ping()
    queue.close()


@pytest.mark.parametrize(
    "url", ["localhost", "http://h", "amqp://ada:pass/word@h", "amqp://ada@h", "amqp://ada:word@h?nonsense=1"]
)
def test_url_that_cannot_be_used(url: str) -> None:
    with pytest.raises(SettingError, match="NOBRAINS_RABBITMQ_URL") as caught:
        RabbitQueue(url, "")
    assert "ada" not in str(caught.value)


def test_unknown_queue_is_a_mistake_of_the_program() -> None:
    with pytest.raises(ValueError, match="there is no queue 'tarin'"):
        RabbitQueue("amqp://localhost", "").publish("tarin", b"1")
