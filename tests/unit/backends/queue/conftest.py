"""A broker for the tests of RabbitMQ, and how they take messages off it."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator

import pytest

from backends.queue.rabbitmq import RabbitQueue
from core.errors import Unavailable
from core.ports import TRAIN_QUEUE, Delivery
from tests.emulators.rabbitmq import RabbitBroker, running_broker
from tests.unit.backends.conftest import until_available
from tests.waiting import PATIENCE_S, wait_for

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


def take_bodies(queue: RabbitQueue, wanted: set[bytes]) -> set[bytes]:
    """Take until the wanted messages came and the broker counts none that is left; the bodies."""
    bodies: set[bytes] = set()

    def is_drained() -> bool:
        if delivery := until_available(lambda: queue.receive(TRAIN_QUEUE, 0.1)):
            bodies.add(delivery.body)
            delivery.ack()
        return wanted <= bodies and until_available(lambda: queue.depth(TRAIN_QUEUE)) == 0

    wait_for(is_drained)
    return bodies


def bounded(work: Callable[[], object]) -> None:
    """It is Unavailable, and says so in time."""
    started = time.monotonic()
    with pytest.raises(Unavailable):
        work()
    assert time.monotonic() - started < BOUND_S
