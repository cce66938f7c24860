"""A request for a job that is sent again makes no second one, whatever crashed meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from core.domain import states
from core.errors import Conflict, TooMany
from core.storage import rows

if TYPE_CHECKING:
    from tests.unit.core.conftest import World


def test_the_same_key_makes_one_job_and_another_body_a_conflict(world: World) -> None:
    dataset = world.upload()
    body = {"dataset_id": dataset.id, "target": "bought", "exclude_columns": []}
    submit = world.service.jobs.submit
    first = submit(world.user.id, body, "key")
    assert submit(world.user.id, body, "key").job == first.job
    with pytest.raises(Conflict, match="IDEMPOTENCY_KEY_REUSED"):
        submit(world.user.id, {**body, "target": "age"}, "key")


def test_a_reservation_left_by_a_crash_makes_its_job_after_all(world: World) -> None:
    from core.storage.idempotency import reserve

    dataset = world.upload()
    body = {"dataset_id": dataset.id, "target": "bought", "exclude_columns": []}
    tables = world.service.ports.tables
    reserved, _ = reserve(tables, world.user.id, "jobs", "key", rows.digest(rows.dump(body)), "the-id")
    assert world.service.jobs.submit(world.user.id, body, "key").job.id == reserved


def test_a_refused_request_leaves_its_key_to_whoever_else_sent_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = world.upload()
    body = {"dataset_id": dataset.id, "target": "bought"}
    submit, check = world.service.jobs.submit, world.service.jobs._check_quota
    parallel = []

    def refuse(*args: object, **named: object) -> None:
        monkeypatch.setattr(world.service.jobs, "_check_quota", check)
        parallel.append(submit(world.user.id, body, "key").job.id)
        raise TooMany("QUOTA_EXCEEDED", "Too many.")

    monkeypatch.setattr(world.service.jobs, "_check_quota", refuse)
    with pytest.raises(TooMany):
        submit(world.user.id, body, "key")
    assert submit(world.user.id, body, "key").job.id == parallel[0]


def test_a_request_that_crashed_before_its_job_was_queued_queues_it_when_it_is_sent_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = {"dataset_id": world.upload().id, "target": "bought"}

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(world.service.work, "create_if_absent", crash)
        with pytest.raises(KeyboardInterrupt):
            world.service.jobs.submit(world.user.id, body, "key")
    again = world.service.jobs.submit(world.user.id, body, "key").job.id
    claimed = world.claim()
    assert claimed is not None
    assert claimed.ref.id == again


def test_a_slow_request_leaves_the_job_of_the_one_that_was_quicker(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = world.upload()
    body = {"dataset_id": dataset.id, "target": "bought"}
    jobs, record = world.service.jobs, world.service.jobs.record_queued_event
    quick = []

    def record_late(*args: Any) -> None:
        """Meanwhile the same request is answered, its job ends, and the dataset is deleted."""
        monkeypatch.setattr(jobs, "record_queued_event", record)
        quick.append(jobs.submit(world.user.id, body, "key").job.id)
        jobs.request_stop(world.user.id, quick[0], states.CANCEL)
        world.service.eraser.dataset(world.user.id, dataset.id)
        record(*args)

    monkeypatch.setattr(jobs, "record_queued_event", record_late)
    assert jobs.submit(world.user.id, body, "key").job.id == quick[0]
    assert jobs.view(jobs.get(world.user.id, quick[0])).state == states.CANCELLED
