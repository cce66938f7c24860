"""What no contract of a queue says: the broker dies, hangs, is full, or is not as it was left."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from backends.queue.rabbitmq import RabbitQueue
from core.errors import Unavailable
from core.ports import TRAIN_QUEUE, Delivery
from core.settings import SettingError
from tests.emulators.ports import reserve_ports
from tests.emulators.rabbitmq import RabbitBroker, running_broker
from tests.unit.backends.conftest import PATIENCE_S, until_available

# What a request of ours may take at most.
BOUND_S = 6.0


@pytest.fixture
def broker() -> Iterator[RabbitBroker]:
    broker = running_broker()
    yield broker
    broker.resume()


@pytest.fixture
def prefix(broker: RabbitBroker) -> str:
    prefix = f"{secrets.token_hex(4)}."
    RabbitQueue.initialize(broker.url, prefix)
    return prefix


@pytest.fixture
def connect(broker: RabbitBroker, prefix: str) -> Iterator[Callable[[], RabbitQueue]]:
    """Opens queues and closes them in the end."""
    opened: list[RabbitQueue] = []

    def connect(query: str = "") -> RabbitQueue:
        opened.append(RabbitQueue(broker.url + query, prefix))
        return opened[-1]

    yield connect
    broker.resume()
    for queue in opened:
        queue.close()


@pytest.fixture
def queue(connect: Callable[[], RabbitQueue]) -> RabbitQueue:
    return connect()


def take(queue: RabbitQueue) -> Delivery:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        try:
            if delivery := queue.receive(TRAIN_QUEUE, 1.0):
                return delivery
        except Unavailable:
            time.sleep(0.05)
    raise AssertionError("nothing to take")


def take_bodies(queue: RabbitQueue) -> set[bytes]:
    bodies = set()
    while delivery := queue.receive(TRAIN_QUEUE, 1.0):
        bodies.add(delivery.body)
        delivery.ack()
    return bodies


def bounded(work: Callable[[], object]) -> None:
    """It is Unavailable, and says so in time."""
    started = time.monotonic()
    with pytest.raises(Unavailable):
        work()
    assert time.monotonic() - started < BOUND_S


def test_killed_broker_loses_nothing_that_was_confirmed(broker: RabbitBroker, queue: RabbitQueue, prefix: str) -> None:
    broker.wait_until_kept(f"{prefix}train")
    published = {b"%d" % number for number in range(20)}
    for body in published:
        queue.publish(TRAIN_QUEUE, body)
    acknowledged, held = take(queue), take(queue)
    acknowledged.ack()
    assert queue.depth(TRAIN_QUEUE) == 18
    broker.kill()
    bounded(lambda: queue.publish(TRAIN_QUEUE, b"nowhere"))
    bounded(lambda: queue.receive(TRAIN_QUEUE, 0.1))
    bounded(queue.ping)
    held.ack()  # Nobody is there to hear it: the message comes again.
    broker.start()
    until_available(queue.ping)
    until_available(lambda: queue.publish(TRAIN_QUEUE, b"after"))
    got = {(delivery := take(queue)).body}
    delivery.ack()
    assert got | take_bodies(queue) >= (published - {acknowledged.body}) | {b"after"}


def test_taker_that_waits_survives_the_death_of_the_broker(
    broker: RabbitBroker, queue: RabbitQueue, prefix: str
) -> None:
    broker.wait_until_kept(f"{prefix}train")
    with ThreadPoolExecutor(1) as threads:
        taken = threads.submit(take, queue)
        broker.kill()
        broker.start()
        until_available(lambda: queue.publish(TRAIN_QUEUE, b"1"))
        assert taken.result(PATIENCE_S).body == b"1"


def test_stopped_broker_is_unavailable_in_time(broker: RabbitBroker, queue: RabbitQueue) -> None:
    queue.publish(TRAIN_QUEUE, b"before")
    take(queue)
    broker.pause()
    calls: list[Callable[[], object]] = [lambda: queue.publish(TRAIN_QUEUE, b"meanwhile") for _ in range(4)]
    calls += [lambda: queue.receive(TRAIN_QUEUE, 0.5), lambda: queue.depth(TRAIN_QUEUE), queue.ping]
    with ThreadPoolExecutor(len(calls)) as threads:
        list(threads.map(bounded, calls))
    bounded(lambda: queue.publish(TRAIN_QUEUE, b"meanwhile"))  # Has to connect anew.
    broker.resume()
    until_available(lambda: queue.publish(TRAIN_QUEUE, b"after"))
    assert {b"before", b"after"} <= take_bodies(queue) <= {b"before", b"meanwhile", b"after"}


@pytest.mark.parametrize("connected", [True, False])
def test_queue_of_a_stopped_broker_can_be_closed(broker: RabbitBroker, queue: RabbitQueue, connected: bool) -> None:
    if connected:
        assert queue.receive(TRAIN_QUEUE, 0.0) is None
    broker.pause()
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(bounded, lambda: queue.receive(TRAIN_QUEUE, PATIENCE_S))
        queue.close()
        waiting.result()


def test_broker_short_of_memory_gives_work_but_takes_none(
    broker: RabbitBroker, connect: Callable[[], RabbitQueue]
) -> None:
    queue, publisher = connect(), connect()
    for number in range(2):
        publisher.publish(TRAIN_QUEUE, b"%d" % number)
    broker.control("set_vm_memory_high_watermark", "absolute", "1")
    try:
        bounded(lambda: publisher.publish(TRAIN_QUEUE, b"blocked"))
        with pytest.raises(Unavailable, match="memory"):
            publisher.publish(TRAIN_QUEUE, b"refused at once")
        bounded(queue.ping)
        take(publisher).ack()
        take(queue).ack()
    finally:
        broker.control("set_vm_memory_high_watermark", "0.4")
    until_available(lambda: publisher.publish(TRAIN_QUEUE, b"after"))
    assert b"after" in take_bodies(queue) <= {b"blocked", b"after"}


def test_full_queue_refuses(broker: RabbitBroker, queue: RabbitQueue, prefix: str) -> None:
    broker.control("set_policy", prefix, f"^{prefix}train$", '{"max-length": 1}', "--apply-to", "queues")

    def fill() -> None:
        for _ in range(50):
            queue.publish(TRAIN_QUEUE, b"1")

    with pytest.raises(Unavailable, match="full"):
        fill()
    assert queue.depth(TRAIN_QUEUE) < 50
    broker.control("clear_policy", prefix)
    until_available(lambda: queue.publish(TRAIN_QUEUE, b"2"))


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


def test_wiped_broker_is_not_an_empty_queue(broker: RabbitBroker, queue: RabbitQueue, prefix: str) -> None:
    queue.publish(TRAIN_QUEUE, b"1")
    broker.control("delete_queue", f"{prefix}train")
    for call in (
        lambda: queue.publish(TRAIN_QUEUE, b"2"),
        lambda: queue.receive(TRAIN_QUEUE, 0.1),
        lambda: queue.depth(TRAIN_QUEUE),
        queue.ping,
    ):
        with pytest.raises(Unavailable, match="nobrains init"):
            call()


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
    assert take_bodies(queue) == {b"parent again"}


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
