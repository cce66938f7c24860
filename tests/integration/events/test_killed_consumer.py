"""Rows that come by message are kept once: whoever sends them twice, and however often the consumer is killed."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from tests.emulators.rabbitmq import running_broker
from tests.integration.events.killed_consumer import Kept, KilledConsumer

pytestmark = pytest.mark.integration


@pytest.mark.parametrize(
    ("messages", "twice", "kills"), [(90, 18, 2), pytest.param(1000, 200, 20, marks=pytest.mark.long)]
)
def test_each_row_is_kept_once(messages: int, twice: int, kills: int, tmp_path: Path) -> None:
    dice = random.Random(messages)
    numbers = [*range(messages), *dice.sample(range(messages), twice)]
    dice.shuffle(numbers)
    consumer = KilledConsumer(running_broker(), tmp_path)
    consumer.send(numbers, kills, dice)
    assert consumer.finish(messages) == Kept(Counter(range(messages)), dead=0)
