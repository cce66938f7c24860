"""Datasets when a crash, or somebody else, comes in between."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.datasets.datasets import profile_ref
from core.domain import states
from core.errors import Conflict, Unavailable
from core.storage import rows

if TYPE_CHECKING:
    from core.domain.records import Dataset
    from tests.unit.core.conftest import World


class Crash(Exception):
    """The process ends here."""


def crash(*_: object, **__: object) -> None:
    raise Crash


def test_a_correction_that_crashed_before_its_profile_was_asked_for_is_profiled(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = world.upload()
    with monkeypatch.context() as patched:
        patched.setattr(world.service.work, "enqueue", crash)
        with pytest.raises(Crash):
            world.service.datasets.update(world.user.id, dataset.id, {"types": {"age": "number"}})
    corrected = world.service.datasets.get(world.user.id, dataset.id)
    assert corrected.state == "uploaded"
    world.sweep()
    world.sweep(after_s=61)
    assert [message.ref for message in world.messages("profile")] == [profile_ref(corrected)]


def test_a_correction_that_never_came_to_be_does_not_use_up_its_revision(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = world.upload()
    with monkeypatch.context() as patched:
        patched.setattr(world.service.ports.tables, "put_if_unchanged", crash)
        with pytest.raises(Crash):
            world.service.datasets.update(world.user.id, dataset.id, {"types": {"age": "number"}})
    world.sweep()
    world.sweep(after_s=61)
    assert world.claim("profile") is None
    world.service.datasets.update(world.user.id, dataset.id, {"types": {"age": "number"}})
    assert world.claim("profile") is not None


def test_an_upload_that_was_taken_back_leaves_no_blob_wherever_it_crashed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.service.settings.values["orphan_age_s"] = 0
    create, blobs = world.service.datasets.create, world.service.ports.blobs
    first = create(world.user.id, "a.csv", iter([b"a,b\n1,2\n"]), "key")
    with monkeypatch.context() as patched:
        patched.setattr(world.service.ports.blobs, "delete", crash)
        with pytest.raises(Crash):
            create(world.user.id, "a.csv", iter([b"a,b\n1,2\n"]), "key")
    world.sweep(after_s=120)
    assert list(blobs.names(f"{world.user.id}/")) == [first.blob]


@pytest.mark.parametrize("crashing", ["register", "enqueue"])
def test_an_upload_that_crashed_is_the_same_upload_when_it_is_sent_again(
    world: World, monkeypatch: pytest.MonkeyPatch, crashing: str
) -> None:
    create = world.service.datasets.create
    with monkeypatch.context() as patched:
        patched.setattr(world.service.work, crashing, crash)
        with pytest.raises(Crash):
            create(world.user.id, "a.csv", iter([b"a,b\n1,2\n"]), "key")
    again = create(world.user.id, "a.csv", iter([b"a,b\n1,2\n"]), "key")
    assert [dataset.id for dataset in world.service.datasets.page(world.user.id, 10).items] == [again.id]
    assert [message.ref for message in world.messages("profile")] == [profile_ref(again)]
    world.service.settings.values["orphan_age_s"] = 0
    world.sweep(after_s=120)
    assert list(world.service.ports.blobs.names(f"{world.user.id}/")) == [again.blob]


def test_a_deletion_that_crashed_after_its_tombstone_is_carried_out(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = world.upload()
    with monkeypatch.context() as patched:
        patched.setattr(world.service.eraser, "resume", crash)
        patched.setattr(world.service.datasets, "tasks_using", lambda _: [])
        with pytest.raises(Crash):
            world.service.eraser.dataset(world.user.id, dataset.id)
    world.sweep()
    world.sweep(after_s=120)
    assert world.service.ports.tables.get(rows.key("dataset", world.user.id, dataset.id)) is None
    assert list(world.service.ports.blobs.names(f"{world.user.id}/")) == []


def test_a_deletion_that_is_refused_is_not_carried_out_later(world: World) -> None:
    dataset = world.upload()
    world.submit(dataset)
    with pytest.raises(Conflict, match="DATASET_IN_USE"):
        world.service.eraser.dataset(world.user.id, dataset.id)
    world.sweep()
    world.sweep(after_s=120)
    assert world.service.datasets.get(world.user.id, dataset.id) == dataset


def test_a_deletion_that_crashed_before_its_tombstone_deletes_nothing(world: World) -> None:
    dataset = world.upload()
    world.service.ports.tables.put(rows.key("erasure", "dataset", world.user.id, dataset.id), b"")
    world.sweep()
    world.sweep(after_s=120)
    assert world.service.datasets.get(world.user.id, dataset.id) == dataset
    assert list(rows.scan_all(world.service.ports.tables, "erasure#")) == []


def test_a_job_that_begins_while_its_dataset_is_deleted_either_keeps_it_or_is_refused(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = world.upload()
    find, looks = world.service.datasets.find, []

    def delete_after_the_second_look(*args: str) -> Dataset | None:
        found = find(*args)
        looks.append(found)
        if len(looks) == 2:
            with pytest.raises(Conflict, match="DATASET_IN_USE"):
                world.service.eraser.dataset(world.user.id, dataset.id)
        return found

    monkeypatch.setattr(world.service.datasets, "find", delete_after_the_second_look)
    job = world.submit(dataset)
    assert world.claim() is not None
    assert world.state(job) == states.RUNNING


def test_a_refused_deletion_does_not_fail_the_job_that_is_claimed_meanwhile(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = world.upload()
    job = world.submit(dataset)
    users = world.service.datasets.tasks_using
    looked = []

    def claim_meanwhile(*args: object) -> object:
        if not looked:
            looked.append(world.claim())
        return users(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(world.service.datasets, "tasks_using", claim_meanwhile)
    with pytest.raises(Conflict):
        world.service.eraser.dataset(world.user.id, dataset.id)
    assert world.state(job) == states.RUNNING


def test_what_is_written_while_an_account_is_deleted_goes_too(world: World) -> None:
    user, tables = world.user.id, world.service.ports.tables
    job = world.submit()
    world.service.eraser.account(user)
    tables.put(rows.key("progress", user, job), b"{}")  # By a worker that has not missed its lease yet.
    world.service.ports.blobs.write(f"{user}/trials/{job}/0-e1", iter([b"x"]))
    world.sweep()
    world.sweep(after_s=120)
    assert [row.key for row in rows.scan_all(tables, "") if user in row.key] == []
    assert list(world.service.ports.blobs.names(f"{user}/")) == []


def test_what_is_over_is_settled_while_the_queue_is_away(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise Unavailable("no broker")

    job = world.submit()
    claimed = world.claim()
    assert claimed is not None
    world.service.work.cancel(claimed)
    with monkeypatch.context() as patched:
        for call in ("publish", "depth", "receive_dead_letter"):
            patched.setattr(world.service.ports.queue, call, away)
        world.sweep()
        world.sweep(after_s=3)
    assert list(rows.scan_all(world.service.ports.tables, "active#")) == []
    assert world.state(job) == states.CANCELLED
