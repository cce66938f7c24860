"""Deleting jobs, and the datasets that they need."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.domain import states
from core.errors import Conflict, NotFound
from core.storage import rows

if TYPE_CHECKING:
    from tests.unit.core.conftest import World


def test_a_job_is_deleted_once_it_is_over(world: World) -> None:
    job = world.submit()
    with pytest.raises(Conflict, match="JOB_NOT_OVER"):
        world.service.jobs.delete(world.user.id, job)
    world.service.jobs.request_stop(world.user.id, job, states.CANCEL)
    world.service.jobs.delete(world.user.id, job)
    with pytest.raises(NotFound):
        world.service.jobs.get(world.user.id, job)
    left = [row.key for row in rows.scan_all(world.service.ports.tables, "") if job in row.key]
    assert [key for key in left if not key.startswith("dedup#")] == []


def test_a_job_that_another_request_deletes_at_the_moment_is_not_found(world: World) -> None:
    job, jobs = world.submit(), world.service.jobs
    jobs.request_stop(world.user.id, job, states.CANCEL)
    found = jobs.get(world.user.id, job)
    jobs.delete(world.user.id, job)
    answers = iter([found])
    with pytest.MonkeyPatch.context() as patch:  # It was read just before the other request deleted it.
        patch.setattr(jobs, "find", lambda user_id, id: next(answers, None))
        with pytest.raises(NotFound):
            jobs.delete(world.user.id, job)


def test_a_dataset_in_use_is_not_deleted_and_one_that_is_deleted_takes_no_job(world: World) -> None:
    dataset = world.upload()
    job = world.submit(dataset)
    with pytest.raises(Conflict, match="DATASET_IN_USE"):
        world.service.eraser.dataset(world.user.id, dataset.id)
    world.service.jobs.request_stop(world.user.id, job, states.CANCEL)
    world.service.eraser.dataset(world.user.id, dataset.id)
    with pytest.raises(NotFound):
        world.submit(dataset)
    assert list(world.service.ports.blobs.names(f"{world.user.id}/")) == []
