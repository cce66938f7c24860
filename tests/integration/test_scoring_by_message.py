"""A predictor answers messages of a real RabbitMQ, whatever is sent and however it ends."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pika
import pika.exceptions
import pytest

from backends.factory import create_backends
from backends.queue.rabbitmq import RabbitQueue
from core.service import Service
from core.settings import Settings
from tests.emulators.ports import reserve_ports
from tests.emulators.rabbitmq import RabbitBroker, running_broker
from tests.integration.real.role import Role
from tests.unit.api.trained import store
from tests.waiting import wait_for

pytestmark = pytest.mark.integration

ROW = {"size": 2.5, "colour": "red"}
MESSAGES = 300
Answer = tuple[pika.BasicProperties, bytes]


class Publisher:
    """Somebody else's program: knows RabbitMQ, and nothing of the service but the names of two queues."""

    def __init__(self, url: str, prefix: str) -> None:
        self.prefix = prefix
        self.connection = pika.BlockingConnection(pika.URLParameters(url))
        self.channel = self.connection.channel()
        self.channel.confirm_delivery()

    def send(self, body: bytes, **properties: Any) -> None:
        """Raises pika's UnroutableError where there is no queue."""
        said = pika.BasicProperties(**properties)
        self.channel.basic_publish("", f"{self.prefix}score.income", body, said, mandatory=True)

    def take(self, queue: str) -> Answer | None:
        method, properties, body = self.channel.basic_get(queue, auto_ack=True)
        return None if method is None else (properties, body)

    def collect(self, queue: str, into: dict[str, list[Answer]]) -> dict[str, list[Answer]]:
        """Take all that is there, by its correlation id."""
        while (found := self.take(queue)) is not None:
            into.setdefault(found[0].correlation_id, []).append(found)
        return into


@pytest.fixture(scope="module")
def broker() -> RabbitBroker:
    return running_broker()


@pytest.fixture
def prefix(broker: RabbitBroker) -> str:
    prefix = f"{secrets.token_hex(4)}."
    RabbitQueue.initialize(broker.url, prefix)
    return prefix


@pytest.fixture
def environ(broker: RabbitBroker, prefix: str, tmp_path: Path) -> dict[str, str]:
    """The settings of a service whose endpoint `income` takes messages."""
    ours = {"DATA": str(tmp_path / "data"), "QUEUE": "rabbitmq", "RABBITMQ_URL": broker.url, "RABBITMQ_PREFIX": prefix}
    environ = {f"NOBRAINS_{name}": value for name, value in ours.items()}
    ports = create_backends(Settings(environ))
    service = Service(ports, Settings(environ))
    ada = service.accounts.sign_up("ada", "correct horse").id
    service.endpoints.create(ada, "income", "user/ada", model_id=store(service, ada).id)
    service.endpoints.patch(ada, "income", {"messages": True})
    ports.close()
    broker.wait_until_kept(f"{prefix}score.income")
    return {**os.environ, **environ}


@pytest.fixture
def predictors(environ: dict[str, str], tmp_path: Path) -> Iterator[Callable[[], Role]]:
    """Starts a predictor, which is over with the test."""
    made: list[Role] = []

    def start() -> Role:
        (port,) = reserve_ports(1)
        made.append(Role(("predictor",), environ, tmp_path / f"predictor-{port}.log", port))
        return made[-1].start()

    yield start
    for role in made:
        if role.process is not None:
            role.stop()


@pytest.fixture
def publisher(broker: RabbitBroker, prefix: str, environ: dict[str, str]) -> Iterator[Publisher]:
    publisher = Publisher(broker.url, prefix)
    yield publisher
    with suppress(pika.exceptions.AMQPError):  # The broker may have been killed.
        publisher.connection.close()


def test_json_and_csv_are_answered_where_they_ask_for_it_and_else_in_one_place(
    publisher: Publisher, prefix: str, predictors: Callable[[], Role]
) -> None:
    mine = publisher.channel.queue_declare("", exclusive=True).method.queue
    publisher.send(json.dumps({"instances": [ROW]}).encode(), reply_to=mine, correlation_id="json")
    publisher.send(b"size,colour\n-2.5,green\n2.5,red\n", content_type="text/csv", correlation_id="csv")
    publisher.send(b"no rows", correlation_id="odd")
    publisher.send(json.dumps([ROW]).encode(), reply_to=f"{prefix}train", correlation_id="ours")
    publisher.send(json.dumps([ROW]).encode(), reply_to="nobody-waits", correlation_id="gone")
    predictors()
    replies: dict[str, list[Answer]] = {}
    scored: dict[str, list[Answer]] = {}
    dead: dict[str, list[Answer]] = {}
    wait_for(lambda: len(publisher.collect(f"{prefix}score.income.dead", dead)) == 3)
    wait_for(lambda: "json" in publisher.collect(mine, replies))
    wait_for(lambda: "csv" in publisher.collect(f"{prefix}scored", scored))
    assert json.loads(replies["json"][0][1])["predictions"] == ["yes"]
    assert json.loads(scored["csv"][0][1])["predictions"] == ["01", "yes"]
    assert (replies.keys(), scored.keys()) == ({"json"}, {"csv"})
    reasons = {name: found[0][0].headers["nobrains-reason"] for name, found in dead.items()}
    assert reasons == {"odd": "MALFORMED_JSON", "ours": "NO_REPLY_QUEUE", "gone": "NO_REPLY_QUEUE"}


def test_whoever_waits_at_the_direct_reply_queue_is_answered(
    publisher: Publisher, predictors: Callable[[], Role]
) -> None:
    predictors()
    bodies: list[bytes] = []
    direct = "amq.rabbitmq.reply-to"
    publisher.channel.basic_consume(direct, lambda *message: bodies.append(message[3]), auto_ack=True)
    publisher.send(json.dumps([ROW]).encode(), reply_to=direct)
    wait_for(lambda: publisher.connection.process_data_events(0.05) is None and bool(bodies))
    assert json.loads(bodies[0])["predictions"] == ["yes"]


def test_no_message_is_lost_when_predictors_are_killed(
    publisher: Publisher, prefix: str, predictors: Callable[[], Role]
) -> None:
    scored: dict[str, list[Answer]] = {}
    answers = f"{prefix}scored"
    first = predictors()
    sent_at = 1_700_000_000
    for number in range(MESSAGES):
        publisher.send(
            json.dumps([ROW]).encode(), correlation_id=str(number), message_id=f"m{number}", timestamp=sent_at
        )
        if number == MESSAGES // 2:
            wait_for(lambda: publisher.collect(answers, scored))
            first.kill()
            second = predictors()
    wait_for(lambda: len(publisher.collect(answers, scored)) == MESSAGES)
    for found in scored.values():  # Twice where one died between answer and acknowledgement: as the same prediction.
        assert len({json.loads(body)["prediction_ids"][0] for _, body in found}) == 1
    assert publisher.take(f"{prefix}score.income.dead") is None
    assert second.stop() == 0


def test_messages_are_answered_again_once_the_broker_is_back(
    publisher: Publisher, prefix: str, predictors: Callable[[], Role], broker: RabbitBroker
) -> None:
    predictors().wait_ready()
    broker.wait_until_kept(f"{prefix}scored")
    broker.kill()
    broker.start()
    again = Publisher(broker.url, prefix)
    again.send(json.dumps([ROW]).encode(), correlation_id="after")
    scored: dict[str, list[Answer]] = {}
    wait_for(lambda: "after" in again.collect(f"{prefix}scored", scored))
    again.connection.close()
