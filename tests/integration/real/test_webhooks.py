"""What roles of their own see happen is told: over Bigtable and RabbitMQ, by the fetcher, to real servers."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from backends.queue.rabbitmq_messages import RabbitMessages
from core.errors import Unavailable
from nobrains_client import Client
from tests.integration.real.deployment import Deployment
from tests.unit.core.notifications.receivers import Receiver, receiver
from tests.waiting import wait_for

pytestmark = pytest.mark.integration

READY = "dataset.ready"


class Program:
    """A program of somebody else, that has bound a queue to the exchange of events."""

    def __init__(self, service: Deployment) -> None:
        self.messages = RabbitMessages(service.broker.url, service.queue_prefix)
        self.queue = f"heard-{secrets.token_hex(4)}"
        self.messages.bind(self.queue, "events.out", "dataset.#")
        service.broker.wait_until_kept(f"{service.queue_prefix}{self.queue}")


@pytest.fixture
def outside(service: Deployment) -> Iterator[Program]:
    program = Program(service)
    yield program
    program.messages.delete(program.queue)
    program.messages.close()


def heard_about(program: Program, dataset: str) -> dict[str, Any]:
    """The CloudEvent that tells of this dataset, among those of others."""
    found: list[dict[str, Any]] = []

    def look() -> bool:
        with suppress(Unavailable):  # The broker has only just come back.
            for held in program.messages.take([program.queue], 10, 1.0):
                found.append(json.loads(held.message.body))
                held.ack()
        return any(each["data"]["dataset_id"] == dataset for each in found)

    wait_for(look)
    return next(each for each in found if each["data"]["dataset_id"] == dataset)


def events(server: Receiver, secret: str | None) -> list[tuple[str, str, str]]:
    """What has come, verified as the standard says: id, type and dataset of each."""
    found = []
    for each in list(server.received):
        said = each.verified(secret or "")
        found.append((each.headers["webhook-id"], said["type"], said["data"]["dataset_id"]))
    return found


def test_a_worker_s_event_is_signed_tried_again_and_on_the_exchange(
    grace: Client, outside: Program, tips: Path
) -> None:
    with receiver(500, 200) as server:
        hook = grace.create_webhook(server.url, events=["dataset.*"])
        dataset = grace.wait_ready(grace.upload(tips, name="told"))
        wait_for(lambda: [each.state for each in grace.deliveries(hook)] == ["delivered"])
        (first, second) = events(server, hook.secret)
        grace.delete_webhook(hook)
    assert first == second == (first[0], READY, dataset.id)
    event = heard_about(outside, dataset.id)
    assert (event["id"], event["type"], event["specversion"]) == (first[0], f"nobrains.{READY}", "1.0")


def test_what_happens_while_the_fetcher_and_the_broker_are_away_is_told_later(
    service: Deployment, grace: Client, outside: Program, tips: Path
) -> None:
    service.fetcher.kill()
    with receiver() as server:
        hook = grace.create_webhook(server.url, events=["dataset.*"])
        dataset = grace.wait_ready(grace.upload(tips, name="told later"))
        wait_for(lambda: [each.state for each in grace.deliveries(hook)] == ["waiting"])
        service.broker.kill()
        service.fetcher.start()
        # The webhook needs no broker; the exchange has to wait for it.
        wait_for(lambda: [each.state for each in grace.deliveries(hook)] == ["delivered"])
        service.broker.start()
        event = heard_about(outside, dataset.id)
        assert events(server, hook.secret) == [(event["id"], READY, dataset.id)]
        grace.delete_webhook(hook)
