"""What is counted where it happens, and how much work a census finds."""

from __future__ import annotations

import pytest

from core.errors import Unavailable
from core.observability.backlog import measure_backlog
from core.observability.metrics import DEAD_LETTERED, REPUBLISHED, TAKEOVERS, WORK_ENDED, exposition
from core.ports import PROFILE_QUEUE, TRAIN_QUEUE
from core.service import Service
from tests.unit.core.conftest import World


class Grown:
    """How much counters have grown since."""

    def __init__(self) -> None:
        self.before = self.read()

    def read(self) -> dict[str, float]:
        counters = (TAKEOVERS, REPUBLISHED, DEAD_LETTERED, WORK_ENDED)
        samples = [sample for counter in counters for metric in counter.collect() for sample in metric.samples]
        found = {"_".join((sample.name, *sample.labels.values())): sample.value for sample in samples}
        return {name.removeprefix("nobrains_"): value for name, value in found.items() if "_created" not in name}

    def by(self) -> dict[str, float]:
        grown = {name: value - self.before.get(name, 0.0) for name, value in self.read().items()}
        return {name: value for name, value in grown.items() if value}


def test_a_takeover_is_counted_by_who_takes_over(world: World) -> None:
    dataset = world.upload()
    world.submit(dataset)
    claimed = world.claim()
    assert claimed is not None
    world.sweep()
    grown = Grown()
    world.sweep(after_s=world.service.settings.lease_s + 1)
    assert grown.by() == {"republished_total_silent": 1}
    (message,) = world.messages(TRAIN_QUEUE)
    taken = world.service.claims.claim(message, "worker-2")
    assert taken is not None
    world.service.work.succeed(taken, {})
    assert grown.by() == {
        "republished_total_silent": 1, "takeovers_total_train": 1, "work_ended_total_train_succeeded": 1,
    }  # fmt: skip


def test_what_is_published_later_is_counted(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = world.upload()
    publish = world.service.ports.queue.publish

    def away(queue: str, body: bytes) -> None:
        raise Unavailable("gone")

    monkeypatch.setattr(world.service.ports.queue, "publish", away)
    world.submit(dataset)
    monkeypatch.setattr(world.service.ports.queue, "publish", publish)
    grown = Grown()
    world.sweep()
    world.sweep(after_s=world.service.settings.renew_s)
    assert grown.by() == {"republished_total_unconfirmed": 1}
    world.messages()
    world.sweep(after_s=world.service.settings.lease_s + 1)
    assert grown.by()["republished_total_forgotten"] == 1


def test_dead_letters_and_ends_from_outside_are_counted(world: World) -> None:
    dataset = world.upload()
    world.submit(dataset)
    delivery = world.service.ports.queue.receive(TRAIN_QUEUE, 0)
    assert delivery is not None
    delivery.reject()
    grown = Grown()
    world.service.dead_letters.collect()
    assert grown.by() == {"dead_lettered_total_train": 1, "work_ended_total_train_failed": 1}


def test_a_census_counts_by_kind_and_state(world: World) -> None:
    dataset = world.upload()
    for _ in range(3):
        world.submit(dataset)
    first, *_ = world.messages()
    assert world.service.claims.claim(first, "worker-1") is not None
    world.service.datasets.create(world.user.id, "b.csv", iter([b"a,b\n1,2\n"]))
    census = measure_backlog(world.service.ports)
    assert census.work == {("train", "queued"): 2, ("train", "running"): 1, ("profile", "queued"): 1}
    assert census.depths[PROFILE_QUEUE] == 1
    assert census.reachable == {"tables": True, "queue": True}
    assert 0 <= census.oldest_s["train"] < 60


def test_what_cannot_be_reached_is_left_out(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise Unavailable("gone")

    monkeypatch.setattr(service.ports.queue, "depth", away)
    census = measure_backlog(service.ports)
    assert census.reachable == {"tables": True, "queue": False}
    assert census.depths == {}


def test_one_process_alone_tells_of_itself() -> None:
    text = exposition().decode()
    assert "process_resident_memory_bytes" in text
    assert "# TYPE nobrains_takeovers_total counter" in text
