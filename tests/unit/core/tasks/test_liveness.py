"""What runs and falls silent is taken over, before anything else is begun."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.errors import Unavailable
from core.ports import TRAIN_QUEUE, URGENT
from core.service import Service
from core.tasks.messages import load_message

if TYPE_CHECKING:
    from tests.unit.core.conftest import World


def test_silent_work_is_taken_over_after_a_whole_lease(world: World) -> None:
    job = world.submit()
    first = world.claim()
    assert first is not None
    world.sweep()
    world.sweep(after_s=5.9)
    assert world.messages() == []
    world.sweep(after_s=0.2)
    second = world.claim(owner="worker-2")
    assert second is not None
    assert (second.ref.id, second.task_state.epoch) == (job, 2)


def test_an_outage_in_which_nobody_could_be_heard_is_no_silence(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.submit()
    assert world.claim() is not None
    world.sweep()

    def away(*_: object) -> None:
        raise Unavailable("no tables")

    with monkeypatch.context() as broken:
        broken.setattr(world.service.ports.tables, "get_many", away)
        world.clock.pass_s(10)
        with pytest.raises(Unavailable):
            world.service.sweeper.sweep()
    world.sweep()
    assert world.messages() == []
    world.sweep(after_s=1)
    assert TRAIN_QUEUE in world.service.sweeper.liveness.queues_at_risk  # Who runs it has not been heard of since.
    world.sweep(after_s=5.1)
    assert [message.silent is not None for message in world.messages()] == [True]


def test_work_that_is_renewed_is_left_alone(world: World) -> None:
    world.submit()
    claimed = world.claim()
    assert claimed is not None
    for _ in range(10):
        world.sweep(after_s=3)
        claimed = world.service.work.renew(claimed, 0.0)
    assert world.messages() == []


def test_work_that_fell_silent_with_the_sweeper_of_its_worker_is_taken_over_at_once(world: World) -> None:
    second = Service(world.service.ports, world.service.settings).make_sweeper(world.clock)
    world.submit()
    assert world.claim() is not None
    world.sweep()
    assert not second.sweep()
    world.clock.pass_s(6.1)
    assert second.sweep()
    assert [message.silent is not None for message in world.messages()] == [True]


def test_what_had_begun_goes_to_the_queue_that_workers_read_first(world: World) -> None:
    dataset = world.upload()
    world.submit(dataset)
    lost = world.claim()
    handed_back = world.submit(dataset)
    claimed = world.claim()
    assert lost is not None
    assert claimed is not None
    world.submit(dataset)
    world.service.work.requeue(claimed)
    world.sweep()
    world.sweep(after_s=7)
    queue = world.service.ports.queue
    urgent = [load_message(queue.receive(URGENT[TRAIN_QUEUE], 0).body, world.service.kinds).ref.id for _ in range(2)]  # type: ignore[union-attr]
    assert urgent == [handed_back, lost.ref.id]
    assert queue.depth(TRAIN_QUEUE) == 1


def test_work_that_misses_a_sign_of_life_is_expected_until_it_has_been_taken_over(world: World) -> None:
    liveness, work = world.service.sweeper.liveness, world.service.work
    assert TRAIN_QUEUE in liveness.queues_at_risk  # Nobody has looked yet.
    world.submit()
    claimed = world.claim()
    assert claimed is not None
    expected = []
    for after_s, renewed in [(0, False), (1, True), (1, False), (1, False), (1, False), (2, False), (5, False)]:
        claimed = work.renew(claimed, 0.0) if renewed else claimed
        world.sweep(after_s=after_s)
        expected.append(TRAIN_QUEUE in liveness.queues_at_risk)
    #                   new   renewed              missed one  published nobody could take it up
    assert expected == [True, False, False, False, True, True, False]
