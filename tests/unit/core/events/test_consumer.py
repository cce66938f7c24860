"""Events by message, over the embedded queue: the broker's own part is its contract suite's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backends.queue.local_messages import LocalMessages
from core.errors import Unavailable
from core.events.consumer import QUEUE, EventConsumer
from core.message_ports import DEAD, Message
from core.messages.dead_letters import REASON
from tests.unit.core.events.event_world import PIPELINE, USER, EventWorld


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[LocalMessages]:
    LocalMessages.initialize(tmp_path / "messages.db")
    queue = LocalMessages(tmp_path / "messages.db")
    yield queue
    queue.close()


@pytest.fixture
def consumer(world: EventWorld, queue: LocalMessages) -> EventConsumer:
    world.process().hooks.make(USER, PIPELINE)
    consumer = EventConsumer(world.process(), queue, polls=True)
    consumer.loop.stopping.set()  # No turn waits for anything.
    return consumer


def message(name: str, body: Any = None, key: str = f"data.{PIPELINE}", **headers: str) -> Message:
    packed = body if isinstance(body, bytes) else json.dumps(body or [{"n": name}]).encode()
    return Message(packed, "application/json", name, headers=headers, routing_key=key)


def test_messages_are_kept_and_acknowledged(world: EventWorld, queue: LocalMessages, consumer: EventConsumer) -> None:
    for name in ("a", "b", "a"):
        queue.publish(QUEUE, message(name))
    assert consumer.turn() == 3
    assert {row["n"] for row in world.rows()} == {"a", "b"}
    assert consumer.turn() == 0
    assert queue.depth(QUEUE) == 0


def test_a_message_that_cannot_be_kept_is_delivered_again(
    world: EventWorld, queue: LocalMessages, consumer: EventConsumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b"):
        queue.publish(QUEUE, message(name))

    def away(*_: Any) -> None:
        raise Unavailable("away")

    monkeypatch.setattr(world.tables, "put_if_absent", away)
    with pytest.raises(Unavailable):
        consumer.turn()
    monkeypatch.undo()
    consumer.turn()
    assert {row["n"] for row in world.rows()} == {"a", "b"}
    assert queue.depth(QUEUE) == queue.depth(QUEUE + DEAD) == 0


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (message("a", b"{"), "MALFORMED_JSON"),
        (message("a", {"rows": [1]}), "BAD_ROWS"),
        (message("a", key="data.nobody"), "UNKNOWN_HOOK"),
        (message("a", key="other"), "UNKNOWN_HOOK"),
        (message("a", {"url": "https://example.org/x"}), "URL_NOT_BELOW_SOURCE"),
    ],
)
def test_what_cannot_be_read_is_a_dead_letter_that_says_why_and_holds_up_nothing(
    world: EventWorld, queue: LocalMessages, consumer: EventConsumer, broken: Message, reason: str
) -> None:
    queue.publish(QUEUE, broken)
    queue.publish(QUEUE, message("b"))
    consumer.turn()
    (dead,) = queue.pop(QUEUE + DEAD, 5)
    assert (dead.body, dead.headers[REASON]) == (broken.body, reason)
    assert world.rows() == [{"n": "b"}]


def test_a_fault_of_our_own_tells_the_reader_of_dead_letters_nothing(
    queue: LocalMessages, consumer: EventConsumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any) -> None:
        raise ZeroDivisionError("secret of the house")

    monkeypatch.setattr(consumer.events, "receive", fails)
    queue.publish(QUEUE, message("a"))
    consumer.turn()
    (dead,) = queue.pop(QUEUE + DEAD, 5)
    assert dead.headers[REASON] == "INTERNAL"
    assert "secret" not in str(dead.headers)


def test_a_cloud_event_in_the_properties_of_a_message_is_named_by_them(
    world: EventWorld, queue: LocalMessages, consumer: EventConsumer
) -> None:
    said = {"cloudEvents:id": "1", "cloudEvents:source": "s", "cloudEvents:type": "t", "cloudEvents:specversion": "1.0"}
    for name in ("x", "y"):
        queue.publish(QUEUE, message(name, [{"n": 1}], **said))
    consumer.turn()
    assert world.rows() == [{"n": 1}]
