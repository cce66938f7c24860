"""What a crash leaves unfinished, the sweeper finishes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.domain import states
from core.domain.records import TaskRef
from core.errors import StorageFull, Unavailable
from core.ports import TRAIN_QUEUE
from core.service import Service
from core.storage import blob_intents, rows

if TYPE_CHECKING:
    from tests.unit.core.conftest import World


def test_what_could_not_be_published_is_published_later(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = world.upload()
    queue = world.service.ports.queue

    def unreachable(*_: object) -> None:
        raise Unavailable("no broker")

    with monkeypatch.context() as broken:
        broken.setattr(queue, "publish", unreachable)
        job = world.submit(dataset)
        world.sweep()
        world.sweep(after_s=3)
    assert world.state(job) == states.QUEUED
    assert world.messages() == []
    world.sweep(after_s=3)
    claimed = world.claim()
    assert claimed is not None
    assert claimed.ref.id == job


def test_a_lost_message_is_published_again_while_the_queue_is_empty(world: World) -> None:
    job = world.submit()
    assert len(world.messages()) == 1  # Taken and lost.
    world.sweep()
    world.sweep(after_s=7)
    claimed = world.claim()
    assert claimed is not None
    assert claimed.ref.id == job


def test_work_that_ended_without_its_ending_told_is_settled(world: World) -> None:
    job = world.submit()
    claimed = world.claim()
    assert claimed is not None
    world.service.work.fail(claimed, {"reason": "X", "detail": "x", "hint": ""})
    world.sweep()
    world.sweep(after_s=3)
    assert list(rows.scan_all(world.service.ports.tables, "active#")) == []
    page = world.service.jobs.page(world.user.id, 10, state="failed")
    assert [view.job.id for view in page.items] == [job]


def test_one_sweeps_at_a_time_and_another_follows(world: World) -> None:
    second = Service(world.service.ports, world.service.settings).make_sweeper(world.clock)
    world.sweep()
    assert not second.sweep()
    world.clock.pass_s(6.1)
    assert second.sweep()
    assert not world.service.sweeper.sweep()


def test_a_job_whose_workers_are_always_lost_fails(world: World) -> None:
    job = world.submit()
    assert world.claim() is not None
    for _ in range(world.service.settings.max_attempts + 1):
        world.sweep()
        world.sweep(after_s=7)
        world.claim()
    view = world.service.jobs.view(world.service.jobs.get(world.user.id, job))
    assert view.state == states.FAILED
    assert view.task_state.error is not None
    assert view.task_state.error["reason"] == "WORKER_LOST"


def test_a_dead_letter_fails_its_work(world: World) -> None:
    job = world.submit()
    delivery = world.service.ports.queue.receive(TRAIN_QUEUE, 0)
    assert delivery is not None
    delivery.reject()
    world.sweep()
    assert world.state(job) == states.FAILED


def test_an_announced_request_that_died_is_forgotten(world: World) -> None:
    ref = TaskRef("train", world.user.id, "never")
    world.service.work.register(ref)
    world.sweep()
    world.sweep(after_s=61)
    assert world.service.ports.tables.get(rows.active_key(ref)) is None


def test_an_upload_that_crashed_before_its_profile_was_asked_for_is_profiled(world: World) -> None:
    dataset = world.upload(ready=False)
    ref = TaskRef("profile", world.user.id, f"{dataset.id}-r1")
    world.messages("profile")
    world.service.ports.tables.delete(rows.task_state_key(ref))
    world.sweep()
    world.sweep(after_s=61)
    assert [message.ref for message in world.messages("profile")] == [ref]


def test_orphans_go_and_owned_blobs_stay(world: World) -> None:
    world.service.settings.values["orphan_age_s"] = 0
    service, user = world.service, world.user.id
    dataset = world.upload()
    blob_intents.record(service.ports.tables, dataset.blob, rows.key("dataset", user, dataset.id))
    service.ports.blobs.write(f"{user}/models/lost", iter([b"x"]))
    blob_intents.record(service.ports.tables, f"{user}/models/lost", rows.key("model", user, "lost"))
    world.sweep(after_s=120)
    assert list(service.ports.blobs.names(f"{user}/")) == [dataset.blob]


def test_an_erasure_that_crashed_is_carried_out(world: World) -> None:
    dataset = world.upload()
    world.service.datasets.mark_deleted(world.user.id, dataset.id)
    world.service.ports.tables.put(rows.key("erasure", "dataset", world.user.id, dataset.id), b"")
    world.sweep()
    world.sweep(after_s=120)
    assert world.service.ports.tables.get(rows.key("dataset", world.user.id, dataset.id)) is None


def test_of_forgotten_trainings_as_many_are_published_as_their_user_may_run(world: World) -> None:
    world.service.settings.values["max_running_jobs"] = 2
    dataset = world.upload()
    jobs = [world.submit(dataset) for _ in range(5)]
    world.messages()
    world.sweep()
    world.sweep(after_s=7)
    assert sorted(message.ref.id for message in world.messages()) == sorted(jobs[:2])


def test_work_that_cannot_be_settled_keeps_nothing_else_waiting(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = world.upload()
    world.submit(dataset)
    over = world.claim()
    assert over is not None
    world.service.work.cancel(over)
    forgotten = world.submit(dataset)
    world.messages()

    def away(*_: object) -> None:
        raise Unavailable("no blobs")

    monkeypatch.setattr(world.service.ports.blobs, "names", away)
    world.sweep()
    world.sweep(after_s=7)
    assert [message.ref.id for message in world.messages()] == [forgotten]


def test_a_full_queue_keeps_no_other_waiting(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = world.upload()
    queue = world.service.ports.queue
    publish = queue.publish

    def full(name: str, body: bytes) -> None:
        if name == TRAIN_QUEUE:
            raise StorageFull("it is full")
        publish(name, body)

    def away(*_: object) -> None:
        raise Unavailable("no broker")

    begun = world.submit(dataset)
    claimed = world.claim()
    assert claimed is not None
    monkeypatch.setattr(queue, "publish", away)
    job = world.submit(dataset)
    world.service.work.requeue(claimed)
    world.sweep()
    monkeypatch.setattr(queue, "publish", full)
    world.sweep(after_s=3)
    # Letters are gone through by their names: that of the newer job comes first.
    assert [message.ref.id for message in world.messages()] == [begun]
    monkeypatch.setattr(queue, "publish", publish)
    world.sweep()
    assert [message.ref.id for message in world.messages()] == [job]
