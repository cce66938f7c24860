"""Each kind goes when its time is over, and not before; what is in use stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.domain.ids import timestamp_before
from core.domain.records import Dataset, Model, TaskRef, TaskState
from core.history.activity_log import ActivityEntry
from core.jobs.events import EventLog, read_events
from core.storage import rows
from core.tasks.lifecycle import ClaimedTask
from tests.unit.core.conftest import World

OLD = timedelta(days=10)


def keep(world: World, **days: int) -> None:
    """Set how long kinds are kept, nothing else expiring."""
    kinds = ("dataset_days", "job_days", "event_days", "activity_days", "audit_days", "idempotency_days")
    world.service.settings.values.update(dict.fromkeys(kinds, 0) | days)


def age(world: World, key: str, kind: type, field: str = "created_at") -> None:
    """Make a row ten days old."""
    tables = world.service.ports.tables
    raw = tables.get(key)
    assert raw is not None
    tables.put(key, rows.dump(replace(rows.load(kind, raw), **{field: timestamp_before(OLD)})))


def ended_job(world: World, dataset: Dataset, *, old: bool = True) -> str:
    job = world.submit(dataset)
    world.service.jobs.request_stop(world.user.id, job, "cancel")
    if old:
        age(world, rows.task_state_key(TaskRef("train", world.user.id, job)), TaskState, "finished_at")
    return job


def a_model(world: World, *, old: bool) -> str:
    user, id = world.user.id, "m-old" if old else "m-new"
    info = world.service.ports.blobs.write(f"{user}/models/{id}", iter([b"bundle"]))
    at = timestamp_before(OLD if old else timedelta())
    model = Model(id, user, "j", "d", at, info.name, info.size_bytes, info.sha256, {}, committed=True)
    world.service.ports.tables.put(rows.key("model", user, id), rows.dump(model))
    return id


def expired(world: World) -> list[str]:
    """What the user was told to have gone."""
    lines = world.service.activity.page(world.user.id, 100).items
    return sorted(line.subject for line in lines if line.action.endswith(".expired"))


def test_nothing_goes_where_no_time_is_set(world: World) -> None:
    keep(world)
    dataset = world.upload()
    age(world, rows.key("dataset", world.user.id, dataset.id), Dataset)
    job, model = ended_job(world, dataset), a_model(world, old=True)
    world.sweep(after_s=61)
    service, user = world.service, world.user.id
    assert service.datasets.find(user, dataset.id)
    assert service.jobs.find(user, job)
    assert service.models.find(user, model)


def test_old_datasets_go_with_their_blobs_unless_they_are_in_use(world: World) -> None:
    keep(world, dataset_days=5)
    old, young, used = world.upload(), world.upload(), world.upload()
    for dataset in (old, used):
        age(world, rows.key("dataset", world.user.id, dataset.id), Dataset)
    world.submit(used)
    world.sweep(after_s=61)
    found = world.service.datasets.page(world.user.id, 10).items
    assert {dataset.id for dataset in found} == {young.id, used.id}
    assert set(world.service.ports.blobs.names(f"{world.user.id}/datasets/")) == {young.blob, used.blob}
    assert expired(world) == [f"dataset/{old.id}"]


def test_jobs_that_ended_long_ago_go_and_those_that_run_stay(world: World) -> None:
    keep(world, job_days=5)
    dataset = world.upload()
    old, young, running = ended_job(world, dataset), ended_job(world, dataset, old=False), world.submit(dataset)
    age(world, rows.task_state_key(TaskRef("train", world.user.id, running)), TaskState)
    world.sweep(after_s=61)
    assert {view.job.id for view in world.service.jobs.page(world.user.id, 10).items} == {young, running}
    assert expired(world) == [f"job/{old}"]


def test_what_a_request_that_died_left_in_the_list_of_everybodys_jobs_goes(world: World) -> None:
    keep(world)
    tables = world.service.ports.tables
    job = world.submit()
    tables.put("jobs_all#lost", world.user.id.encode())
    world.sweep(after_s=61)
    assert len(tables.scan("jobs_all#")) == 2  # Perhaps it is only just being written.
    world.sweep(after_s=61)
    assert [row.key for row in tables.scan("jobs_all#")] == [rows.key("jobs_all", job)]


def test_old_models_go_with_their_blobs(world: World) -> None:
    keep(world, job_days=5)
    old, young = a_model(world, old=True), a_model(world, old=False)
    world.sweep(after_s=61)
    assert world.service.models.find(world.user.id, old) is None
    assert list(world.service.ports.blobs.names(f"{world.user.id}/models/")) == [f"{world.user.id}/models/{young}"]
    assert expired(world) == [f"model/{old}"]


def test_of_an_old_story_its_end_is_left(world: World) -> None:
    keep(world, event_days=5)
    dataset = world.upload()
    old, young = ended_job(world, dataset), ended_job(world, dataset, old=False)
    tables, user = world.service.ports.tables, world.user.id
    for _ in range(2):  # The second time there is nothing left to do.
        world.sweep(after_s=61)
        assert [(event.seq, event.kind) for event in read_events(tables, user, old)] == [(1, "done")]
    assert [event.kind for event in read_events(tables, user, young)] == ["state", "done"]
    # What is settled once more does not end twice.
    EventLog(tables, user, old).append_if_not_last("done", {"state": "cancelled"}, 1)
    assert [event.kind for event in read_events(tables, user, old)] == ["done"]
    assert world.service.jobs.find(user, old)


@pytest.mark.parametrize(
    ("setting", "key"),
    [
        ("activity_days", "activity#{user}#x"),
        ("audit_days", "audit#x"),
        ("idempotency_days", "idempotency#{user}#jobs#x"),
    ],
)
def test_lines_go_by_their_age(world: World, setting: str, key: str) -> None:
    tables = world.service.ports.tables
    names = [key.format(user=world.user.id) + suffix for suffix in ("-old", "-new")]
    for name, old in zip(names, (OLD, timedelta()), strict=True):
        tables.put(name, rows.dump({"at": timestamp_before(old)}))
    keep(world)
    world.sweep(after_s=61)
    assert all(tables.get(name) for name in names)
    keep(world, **{setting: 5})
    world.sweep(after_s=61)
    assert [tables.get(name) is not None for name in names] == [False, True]


def test_many_rows_are_looked_at_some_at_a_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.maintenance.retention.SCAN_LIMIT", 2)
    keep(world, activity_days=5)
    tables = world.service.ports.tables
    for row in tables.scan("activity#"):
        tables.delete(row.key)
    for number in range(3):
        tables.put(
            rows.key("activity", world.user.id, number), rows.dump(ActivityEntry(timestamp_before(OLD), "a", "b"))
        )
    left = []
    for _ in range(2):
        world.sweep(after_s=61)
        left.append(len(tables.scan("activity#")))
    assert left == [1, 0]


def test_what_a_worker_still_holds_is_not_touched(world: World) -> None:
    keep(world, job_days=5, event_days=5, dataset_days=5)
    dataset = world.upload()
    job = world.submit(dataset)
    claimed = world.claim()
    assert isinstance(claimed, ClaimedTask)
    age(world, rows.key("dataset", world.user.id, dataset.id), Dataset)
    world.service.retention.expire()
    assert world.service.jobs.find(world.user.id, job)
    assert world.service.datasets.find(world.user.id, dataset.id)
    world.service.work.renew(claimed, 0.0)
