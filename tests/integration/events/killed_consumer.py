"""Events by message over a real RabbitMQ, some of them sent twice, to a real fetcher that is killed again and again."""

from __future__ import annotations

import gzip
import json
import os
import random
import secrets
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pika

from backends.factory import create_backends
from core.domain.ids import now
from core.domain.pipelines import Pipeline
from core.events.consumer import EXCHANGE, PATTERN, QUEUE
from core.message_ports import DEAD
from core.pipelines.pipeline_rows import PipelineRows
from core.service import Service
from core.settings import Settings
from tests.emulators.rabbitmq import RabbitBroker
from tests.integration.real.role import Role
from tests.waiting import wait_for


@dataclass(frozen=True)
class Kept:
    """How often each number is in the data that a run would train on, and how many messages were put aside."""

    counts: Counter[int]
    dead: int


class KilledConsumer:
    """A pipeline that takes events, and the fetcher that takes them in.

    Args:
        folder: for the tables and the log.
    """

    def __init__(self, broker: RabbitBroker, folder: Path) -> None:
        self.broker = broker
        self.prefix = f"{secrets.token_hex(4)}."
        settings = Settings(
            {}, data=str(folder / "data"), queue="rabbitmq", rabbitmq_url=broker.url, rabbitmq_prefix=self.prefix
        )
        self.service = Service(create_backends(settings), settings)
        self.pipeline = self._make_pipeline()
        assert self.service.ports.messages is not None
        self.queue = self.service.ports.messages
        self.queue.bind(QUEUE, EXCHANGE, PATTERN)
        own = {name: value for name, value in os.environ.items() if not name.startswith("NOBRAINS_")}
        self.fetcher = Role(("fetcher",), {**own, **settings.environ()}, folder / "fetcher.log").start()

    def send(self, numbers: Sequence[int], kills: int, dice: random.Random) -> None:
        """Send each number as a row, in its own message; kill the consumer so many times amidst them."""
        parts = [numbers[part :: kills + 1] for part in range(kills + 1)]
        with pika.BlockingConnection(pika.URLParameters(self.broker.url)) as connection:
            channel = connection.channel()
            channel.confirm_delivery()
            for part in parts[:-1]:
                before = self._count()
                self._publish(channel, part)
                wanted = before + dice.randrange(1, max(2, len(part) // 3))  # Some of them were there before.
                wait_for(lambda wanted=wanted: self._count() >= wanted)  # type: ignore[misc]
                self.fetcher.kill()
                self.fetcher.start()
            self._publish(channel, parts[-1])

    def finish(self, distinct: int) -> Kept:
        """Return what is kept once so many events are and no message waits; nothing runs then."""
        wait_for(lambda: self.queue.depth(QUEUE) == 0 and self._count() >= distinct)
        self.fetcher.stop()
        kept = Kept(self._numbers(), self.queue.depth(QUEUE + DEAD))
        self.service.ports.close()
        return kept

    def _make_pipeline(self) -> Pipeline:
        user, at = self.service.accounts.sign_up("ada", "correct horse"), now()
        pipeline = Pipeline(
            "counted", user.id, "Counted", "counted", at, at, data={"dataset_id": "none"}, job={"target": "n"},
            when=[{"event": {"quiet_s": 1}}],
        )  # fmt: skip
        PipelineRows(self.service.ports.tables).write(pipeline, None)
        self.service.events.hooks.make(user.id, pipeline.id)
        return pipeline

    def _publish(self, channel: pika.adapters.blocking_connection.BlockingChannel, numbers: Sequence[int]) -> None:
        for n in numbers:
            channel.basic_publish(
                f"{self.prefix}{EXCHANGE}", f"data.{self.pipeline.id}", json.dumps([{"n": n}]).encode(),
                pika.BasicProperties(message_id=f"message-{n}", delivery_mode=2), mandatory=True,
            )  # fmt: skip

    def _count(self) -> int:
        """Return how many events are kept by now: nothing but this puts them into segments, at the end."""
        return len(self.service.events.segments.waiting(self.pipeline.user_id, self.pipeline.id, 1_000_000))

    def _numbers(self) -> Counter[int]:
        taken = self.service.events.segments.take(self.pipeline.user_id, self.pipeline.id)
        counts: Counter[int] = Counter()
        for blob in taken.blobs if taken else ():
            packed = b"".join(self.service.ports.blobs.read(blob))
            counts.update(json.loads(line)["n"] for line in gzip.decompress(packed).splitlines())
        return counts
