"""A job's life from its user's side and its worker's side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.domain import states
from core.domain.records import TaskRef
from core.errors import Conflict, Invalid, NotFound, TooMany
from core.jobs.events import EventLog, read_events
from core.service import Service
from core.storage import rows

if TYPE_CHECKING:
    from tests.unit.core.conftest import World


def test_a_job_waits_for_its_profile_then_is_published(world: World) -> None:
    dataset = world.upload(ready=False)
    job = world.submit(dataset)
    assert world.claim() is None
    assert world.state(job) == states.QUEUED
    claimed = world.claim("profile")
    assert claimed is not None
    world.service.datasets.record_profile(
        claimed.ref, {"rows": 1, "columns": [{"name": "bought"}], "warnings": []}, None
    )
    world.service.work.succeed(claimed, {})
    world.service.settler.finalize(claimed.ref)
    claimed = world.claim()
    assert claimed is not None
    assert claimed.ref.id == job


def test_a_job_on_a_dataset_that_turns_out_bad_fails_and_says_why(world: World) -> None:
    job = world.submit(world.upload(ready=False))
    claimed = world.claim("profile")
    assert claimed is not None
    error = {"reason": "ROW_TOO_LONG", "detail": "Line 7 has 4 fields.", "hint": ""}
    world.service.datasets.record_profile(claimed.ref, None, error)
    world.service.work.succeed(claimed, {})
    world.service.settler.finalize(claimed.ref)
    world.claim()
    view = world.service.jobs.view(world.service.jobs.get(world.user.id, job))
    assert view.state == states.FAILED
    assert view.task_state.error is not None
    assert "Line 7" in view.task_state.error["detail"]
    with pytest.raises(Conflict, match="DATASET_REJECTED"):
        world.submit(world.service.datasets.get(world.user.id, view.job.dataset_id))


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        ({"target": "price"}, "TARGET_NOT_FOUND"),
        ({"exclude_columns": ["price"]}, "COLUMN_NOT_FOUND"),
        ({"exclude_columns": ["bought"]}, "TARGET_EXCLUDED"),
        ({"exclude_columns": ["age", "city"]}, "NO_FEATURES"),
        ({"group_column": "price"}, "COLUMN_NOT_FOUND"),
    ],
)
def test_what_cannot_be_is_refused(world: World, spec: dict[str, object], reason: str) -> None:
    with pytest.raises(Invalid, match=reason):
        world.submit(world.upload(ready=False), **spec)


@pytest.mark.parametrize(
    ("spec", "known", "reason"),
    [
        ({"metric": "rmse"}, {"task": "binary"}, "METRIC_DOES_NOT_FIT"),
        ({"metric": "auc"}, {"task": "regression"}, "METRIC_DOES_NOT_FIT"),
        ({"metric": "rmsle"}, {"task": "regression", "has_negatives": True}, "METRIC_NEEDS_NO_NEGATIVES"),
        ({"metric": "mape"}, {"task": "regression", "has_zeros": True}, "METRIC_NEEDS_NO_ZEROS"),
        ({"task": "binary"}, {"task": "multiclass"}, "TARGET_NOT_BINARY"),
        ({"positive_class": "a"}, {"task": "multiclass"}, "POSITIVE_CLASS_NOT_BINARY"),
        ({"models": ["text"]}, {"task": "binary"}, "MODELS_DO_NOT_SUIT"),
        ({"metric": "rmsle"}, {"task": "regression", "has_negatives": False}, None),
        ({"metric": "rmse", "task": "regression"}, {"task": "multiclass"}, None),
    ],
)
def test_what_the_profile_rules_out_is_refused_at_once(
    world: World, spec: dict[str, object], known: dict[str, object], reason: str | None
) -> None:
    dataset = world.upload(ready=False)
    claimed = world.claim("profile")
    assert claimed is not None
    columns = [{"name": name, "type": "number", "as_target": known} for name in dataset.header]
    world.service.datasets.record_profile(claimed.ref, {"rows": 9, "columns": columns, "warnings": []}, None)
    dataset = world.service.datasets.get(world.user.id, dataset.id)
    body = {"task": "auto", "metric": "auto", **spec}
    if reason is None:
        assert world.submit(dataset, **body)
    else:
        with pytest.raises(Invalid, match=reason):
            world.submit(dataset, **body)


def test_a_job_that_came_before_the_profile_ends_before_it_begins_where_that_rules_it_out(world: World) -> None:
    dataset = world.upload(ready=False)
    wrong = world.submit(dataset, task="auto", metric="auc")
    right = world.submit(dataset, task="auto", metric="rmse")
    claimed = world.claim("profile")
    assert claimed is not None
    columns = [{"name": name, "type": "number", "as_target": {"task": "regression"}} for name in dataset.header]
    world.service.datasets.record_profile(claimed.ref, {"rows": 9, "columns": columns, "warnings": []}, None)
    world.service.work.succeed(claimed, {})
    world.service.settler.finalize(claimed.ref)
    begun = [claimed.ref.id for _ in range(3) if (claimed := world.claim()) is not None]
    assert set(begun) == {right}
    refused = world.service.jobs.view(world.service.jobs.get(world.user.id, wrong)).task_state
    assert (refused.state, (refused.error or {})["reason"]) == (states.FAILED, "METRIC_DOES_NOT_FIT")


def test_a_story_begins_at_its_beginning_and_ends_at_its_end(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    tables, user = world.service.ports.tables, world.user.id
    dataset = world.upload()
    notify = world.service.work.notify

    def notify_and_be_heard_at_once(ref: TaskRef, **_: object) -> bool:
        result = notify(ref)
        EventLog(tables, user, ref.id).append("state", {"state": states.RUNNING}, 1)
        EventLog(tables, user, ref.id).append("phase", {"phase": "reading"}, 1)
        return result

    monkeypatch.setattr(world.service.work, "notify", notify_and_be_heard_at_once)
    job = world.submit(dataset)
    EventLog(tables, user, job).append_if_not_last("done", {"state": states.CANCELLED}, 2)
    EventLog(tables, user, job).append("state", {"state": states.CANCELLING}, 2)
    events = list(read_events(tables, user, job))
    assert [event.data.get("state") for event in events] == [states.QUEUED, states.RUNNING, None, states.CANCELLED]
    assert list(read_events(tables, user, job, events[-1].seq)) == []


def test_a_deletion_that_crashed_half_way_is_carried_out_and_shows_nothing_meanwhile(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = world.submit()
    world.service.jobs.request_stop(world.user.id, job, states.CANCEL)

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(world.service.work, "unregister", crash)
        patched.setattr(world.service.settler, "finalize", lambda _: None)
        with pytest.raises(KeyboardInterrupt):
            world.service.jobs.delete(world.user.id, job)
    assert world.service.jobs.find(world.user.id, job) is None
    world.sweep()
    world.sweep(after_s=120)
    left = [row.key for row in rows.scan_all(world.service.ports.tables, "") if job in row.key]
    assert [key for key in left if not key.startswith(("activity#", "dedup#", "slot#"))] == []


def test_cancelling_before_during_and_after(world: World) -> None:
    dataset = world.upload()
    waiting = world.submit(dataset)
    assert world.service.jobs.request_stop(world.user.id, waiting, states.CANCEL).state == states.CANCELLED
    assert world.claim() is None
    running = world.submit(dataset)
    claimed = world.claim()
    assert claimed is not None
    assert world.service.jobs.request_stop(world.user.id, running, states.STOP).state == states.STOPPING
    assert world.service.jobs.request_stop(world.user.id, running, states.CANCEL).state == states.CANCELLING
    # A stop that comes after does not take the cancellation back.
    assert world.service.jobs.request_stop(world.user.id, running, states.STOP).state == states.CANCELLING
    world.service.work.cancel(claimed)
    world.service.settler.finalize(claimed.ref)
    with pytest.raises(Conflict, match="JOB_OVER"):
        world.service.jobs.request_stop(world.user.id, running, states.CANCEL)


def test_a_users_jobs_run_a_few_at_a_time_and_the_next_is_published_when_one_ends(world: World) -> None:
    dataset = world.upload()
    cap = world.service.settings.max_running_jobs
    jobs = [world.submit(dataset) for _ in range(cap + 2)]
    claimed = [world.service.claims.claim(message, "worker") for message in world.messages()]
    running = [each for each in claimed if each is not None]
    assert len(running) == cap
    elsewhere = Service(world.service.ports, world.service.settings).jobs
    positions = [elsewhere.view(elsewhere.get(world.user.id, job)).queue_position for job in jobs]
    assert positions[cap:] == [1, 2]
    world.service.work.succeed(running[0], {})
    world.service.settler.finalize(running[0].ref)
    following = world.claim()
    assert following is not None
    assert following.ref.id == jobs[cap]


def test_lists_by_state_and_by_dataset(world: World) -> None:
    first, second = world.upload(), world.upload()
    jobs = [world.submit(first), world.submit(second), world.submit(first)]
    world.service.jobs.request_stop(world.user.id, jobs[0], states.CANCEL)
    page = world.service.jobs.page

    def ids(**filters: str) -> list[str]:
        return [view.job.id for view in page(world.user.id, 10, **filters).items]

    assert ids() == jobs[::-1]
    assert ids(state="cancelled") == [jobs[0]]
    assert ids(state="queued") == [jobs[2], jobs[1]]
    assert ids(dataset=first.id) == [jobs[2], jobs[0]]
    assert ids(state="queued", dataset=second.id) == [jobs[1]]
    small = page(world.user.id, 1, state="queued")
    assert small.next is not None
    assert [view.job.id for view in page(world.user.id, 1, small.next, state="queued").items] == [jobs[1]]


def test_the_story_ends_with_done_once(world: World) -> None:
    job = world.submit()
    world.service.jobs.request_stop(world.user.id, job, states.CANCEL)
    world.service.settler.finalize(TaskRef("train", world.user.id, job))
    kinds = [event.kind for event in read_events(world.service.ports.tables, world.user.id, job)]
    assert kinds == ["state", "done"]
    events = world.service.activity.page(world.user.id, 50).items
    assert [line.action for line in events if line.subject == f"job/{job}"] == ["job.cancelled"]


def test_another_users_job_is_a_missing_one(world: World) -> None:
    job = world.submit()
    other = world.service.accounts.sign_up("eve", "correct horse")
    with pytest.raises(NotFound):
        world.service.jobs.get(other.id, job)
    with pytest.raises(NotFound):
        world.service.jobs.request_stop(other.id, job, states.CANCEL)


def test_too_many_jobs_are_refused(world: World) -> None:
    world.service.settings.values["max_queued_jobs"] = 2
    dataset = world.upload()
    world.submit(dataset)
    world.submit(dataset)
    with pytest.raises(TooMany):
        world.submit(dataset)
