"""The broker dies, hangs, is full or was wiped: said in time, and nothing that was confirmed is lost."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from backends.queue.rabbitmq import RabbitQueue
from core.errors import Unavailable
from core.ports import TRAIN_QUEUE
from tests.emulators.rabbitmq import RabbitBroker
from tests.unit.backends.conftest import until_available
from tests.unit.backends.queue.conftest import bounded, take, take_bodies
from tests.waiting import PATIENCE_S


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
    wanted = (published - {acknowledged.body}) | {b"after"}
    assert wanted <= take_bodies(queue, wanted) <= published | {b"after"}


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
    assert take_bodies(queue, {b"before", b"after"}) <= {b"before", b"meanwhile", b"after"}


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
    assert take_bodies(queue, {b"after"}) <= {b"blocked", b"after"}


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
