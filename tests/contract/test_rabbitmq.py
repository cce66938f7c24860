from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest

from backends.queue.rabbitmq import RabbitQueue
from core.ports import JobQueue
from tests.contract.queue_contract import QueueContract
from tests.emulators.rabbitmq import RabbitBroker, running_broker


@pytest.fixture(scope="module")
def broker() -> RabbitBroker:
    return running_broker()


class TestRabbitQueue(QueueContract):
    @pytest.fixture
    def queue(self, broker: RabbitBroker) -> Iterator[RabbitQueue]:
        self.url, self.prefix = broker.url, f"{secrets.token_hex(4)}."
        RabbitQueue.initialize(self.url, self.prefix)
        queue = RabbitQueue(self.url, self.prefix)
        yield queue
        queue.close()

    def connect(self, queue: JobQueue) -> JobQueue:
        return RabbitQueue(self.url, self.prefix)
