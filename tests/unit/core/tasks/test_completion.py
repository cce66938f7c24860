"""What follows the end of work, also when it is cut short."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.domain import states
from core.domain.records import Model, TaskRef
from core.errors import Unavailable, failure
from core.jobs.events import EventLog, read_events
from core.jobs.train_task import trials_prefix
from core.storage import blob_intents, rows

if TYPE_CHECKING:
    from core.tasks.lifecycle import ClaimedTask
    from tests.unit.core.conftest import World


def saved_model(world: World, claimed: ClaimedTask, id: str) -> dict[str, str]:
    """What a worker leaves before its last write."""
    user, tables = world.user.id, world.service.ports.tables
    blob, key = f"{user}/models/{id}", rows.key("model", user, id)
    intent = blob_intents.record(tables, blob, rows.task_state_key(claimed.ref), key)
    world.service.ports.blobs.write(blob, iter([b"bundle"]))
    tables.put(key, rows.dump(Model(id, user, claimed.ref.id, "dataset", "", blob, 6, "", {})))
    return {"model_id": id, "blob": blob, "intent": intent}


def test_a_profile_that_failed_whatever_the_reason_rejects_the_dataset_and_frees_its_jobs(world: World) -> None:
    dataset = world.upload(ready=False)
    job = world.submit(dataset)
    assert world.claim() is None
    claimed = world.claim("profile")
    assert claimed is not None
    world.service.work.fail(claimed, failure("OUT_OF_MEMORY", "Too large."))
    world.service.settler.finalize(claimed.ref)
    rejected = world.service.datasets.get(world.user.id, dataset.id)
    assert (rejected.state, (rejected.error or {})["reason"]) == ("rejected", "OUT_OF_MEMORY")
    world.claim()
    assert world.state(job) == states.FAILED


def test_a_job_that_is_deleted_before_it_was_settled_leaves_its_model(world: World) -> None:
    job = world.submit()
    claimed = world.claim()
    assert claimed is not None
    world.service.work.succeed(claimed, saved_model(world, claimed, "model"))
    world.service.jobs.delete(world.user.id, job)
    assert world.service.models.get(world.user.id, "model").committed


def test_a_model_whose_worker_lost_the_job_goes_with_its_row(world: World) -> None:
    world.service.settings.values["orphan_age_s"] = 0
    world.submit()
    claimed = world.claim()
    assert claimed is not None
    saved_model(world, claimed, "late")
    world.service.work.cancel(claimed)
    world.service.settler.finalize(claimed.ref)
    world.sweep(after_s=120)
    user = world.user.id
    assert list(world.service.ports.blobs.names(f"{user}/models/")) == []
    assert world.service.ports.tables.get(rows.key("model", user, "late")) is None


def test_predictions_of_trials_stay_as_long_as_their_job_may_need_them(world: World) -> None:
    world.service.settings.values["orphan_age_s"] = 0
    world.submit()
    claimed = world.claim()
    assert claimed is not None
    folder = trials_prefix(claimed.ref)
    blob_intents.record(world.service.ports.tables, folder, rows.active_key(claimed.ref))
    world.service.ports.blobs.write(f"{folder}0-e1", iter([b"x"]))
    world.sweep(after_s=120)
    assert list(world.service.ports.blobs.names(folder)) == [f"{folder}0-e1"]
    world.service.work.cancel(claimed)
    world.service.settler.finalize(claimed.ref)
    world.service.ports.blobs.write(f"{folder}1-e1", iter([b"late"]))
    world.sweep(after_s=120)
    assert list(world.service.ports.blobs.names(folder)) == []
    assert list(rows.scan_all(world.service.ports.tables, "intent#")) == []


def test_the_next_job_that_can_begin_is_published_not_one_that_waits_for_its_profile(world: World) -> None:
    world.service.settings.values["max_running_jobs"] = 1
    dataset = world.upload()
    world.submit(dataset)
    claimed = world.claim()
    assert claimed is not None
    unprofiled = world.upload(ready=False)
    world.submit(unprofiled)
    following = world.submit(dataset)
    assert world.claim() is None
    world.service.work.cancel(claimed)
    world.service.settler.finalize(claimed.ref)
    assert [message.ref.id for message in world.messages()] == [following]


def test_done_is_told_once_however_many_tell_it_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    tables = world.service.ports.tables
    mine, other = EventLog(tables, world.user.id, "job"), EventLog(tables, world.user.id, "job")
    put = tables.put_if_absent
    with monkeypatch.context() as patched:

        def overtaken(key: str, value: bytes) -> bool:
            patched.setattr(tables, "put_if_absent", put)
            other.append_if_not_last("done", {})
            return put(key, value)

        patched.setattr(tables, "put_if_absent", overtaken)
        mine.append_if_not_last("done", {})
    assert [event.kind for event in read_events(tables, world.user.id, "job")] == ["done"]


def test_an_event_whose_answer_was_lost_is_not_told_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    tables = world.service.ports.tables
    log = EventLog(tables, world.user.id, "job")
    put = tables.put_if_absent

    def away(*_: object) -> bytes:
        raise Unavailable("away")

    with monkeypatch.context() as patched:

        def lost(key: str, value: bytes) -> bool:
            put(key, value)
            patched.setattr(tables, "get", away)  # Nor can the lost answer be looked for.
            raise Unavailable("no answer")

        patched.setattr(tables, "put_if_absent", lost)
        with pytest.raises(Unavailable):
            log.append("trial", {"number": 0}, at="then")
    log.append("trial", {"number": 0}, at="then")
    log.append("trial", {"number": 1}, at="later")
    recorded = [(event.seq, event.data["number"]) for event in read_events(tables, world.user.id, "job")]
    assert recorded == [(1, 0), (2, 1)]


def test_a_cancellation_that_outlived_its_worker_ends_the_job_at_its_next_message(world: World) -> None:
    job = world.submit()
    claimed = world.claim()
    assert claimed is not None
    world.service.jobs.request_stop(world.user.id, job, states.CANCEL)
    world.service.work.requeue(claimed)
    assert world.claim() is None
    assert world.state(job) == states.CANCELLED


def test_asking_again_for_what_is_asked_adds_nothing_to_the_story(world: World) -> None:
    job = world.submit()
    assert world.claim() is not None
    for stop_request in (states.STOP, states.STOP, states.CANCEL, states.STOP):
        world.service.jobs.request_stop(world.user.id, job, stop_request)
    recorded = [event.data["state"] for event in read_events(world.service.ports.tables, world.user.id, job)]
    assert recorded == ["queued", "stopping", "cancelling"]


def test_a_stale_outbox_letter_of_work_that_is_gone_is_posted_and_goes(world: World) -> None:
    ref = TaskRef("check", world.user.id, "gone")
    tables = world.service.ports.tables
    tables.put(rows.key("outbox", ref.path), b'{"queue":"profile","body":"x"}')
    world.sweep()
    world.sweep(after_s=3)
    assert list(rows.scan_all(tables, "outbox#")) == []
