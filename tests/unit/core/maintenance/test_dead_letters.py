"""Dead letters: written down, their work failed, and tried again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.domain import states
from core.errors import NoBrainsError, NotFound, Unavailable
from core.ports import PROFILE_QUEUE, TRAIN_QUEUE

if TYPE_CHECKING:
    from tests.unit.core.conftest import World


def reject(world: World, queue: str) -> None:
    delivery = world.service.ports.queue.receive(queue, 0)
    assert delivery is not None
    delivery.reject()
    world.service.dead_letters.collect()


def test_a_job_fails_and_is_repeated_as_a_new_one(world: World) -> None:
    job = world.submit()
    reject(world, TRAIN_QUEUE)
    assert world.state(job) == states.FAILED
    (letter,) = world.service.dead_letters.all()
    assert letter.work == f"train#{world.user.id}#{job}"
    world.service.dead_letters.retry(letter.id)
    claimed = world.claim()
    assert claimed is not None
    assert claimed.ref.id != job
    assert world.service.dead_letters.all() == []


def test_a_dataset_is_rejected_and_profiled_anew(world: World) -> None:
    dataset = world.upload(ready=False)
    reject(world, PROFILE_QUEUE)
    assert world.service.datasets.get(world.user.id, dataset.id).state == "rejected"
    (letter,) = world.service.dead_letters.all()
    world.service.dead_letters.retry(letter.id)
    assert world.service.datasets.get(world.user.id, dataset.id).state == "uploaded"
    assert world.claim(PROFILE_QUEUE) is not None


def test_what_never_was_ours_is_kept_to_be_seen_and_dropped(world: World) -> None:
    world.service.ports.queue.publish(TRAIN_QUEUE, b"\xffnonsense")
    reject(world, TRAIN_QUEUE)
    (letter,) = world.service.dead_letters.all()
    assert "nonsense" in letter.body
    with pytest.raises(NoBrainsError):
        world.service.dead_letters.retry(letter.id)
    world.service.dead_letters.discard(letter.id)
    with pytest.raises(NotFound):
        world.service.dead_letters.retry(letter.id)


def test_one_that_cannot_be_written_down_stays_a_dead_letter(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.submit()

    def away(*_: object) -> None:
        raise Unavailable("no tables")

    with monkeypatch.context() as patched:
        patched.setattr(world.service.ports.tables, "put", away)
        with pytest.raises(Unavailable):
            reject(world, TRAIN_QUEUE)
    world.service.dead_letters.collect()
    assert len(world.service.dead_letters.all()) == 1
