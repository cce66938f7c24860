"""A user's slots under contention."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.domain.records import TaskRef
from core.limits import concurrency_slots
from core.storage import rows
from core.tasks.messages import TaskMessage

if TYPE_CHECKING:
    import pytest

    from tests.unit.core.conftest import World


def test_a_slot_of_a_job_that_does_not_run_is_free(world: World) -> None:
    tables = world.service.ports.tables
    first, second = (TaskRef("train", world.user.id, name) for name in ("first", "second"))
    slot = concurrency_slots.acquire(tables, first, 1)
    assert slot is not None
    assert concurrency_slots.acquire(tables, second, 1) == slot
    assert concurrency_slots.confirm(tables, slot, second)
    assert not concurrency_slots.confirm(tables, slot, first)


def test_a_slot_of_a_running_job_is_kept_and_found_again(world: World) -> None:
    tables, work = world.service.ports.tables, world.service.work
    first, second = (TaskRef("train", world.user.id, name) for name in ("first", "second"))
    work.enqueue(first)
    slot = concurrency_slots.acquire(tables, first, 1)
    assert work.claim(TaskMessage(first), "worker") is not None
    assert concurrency_slots.acquire(tables, second, 1) is None
    assert concurrency_slots.acquire(tables, first, 1) == slot
    assert tables.get(rows.key("slot", world.user.id, "train", 1)) is None


def test_who_saw_the_job_before_it_ran_does_not_take_its_slot(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    tables, work = world.service.ports.tables, world.service.work
    first, second = (TaskRef("train", world.user.id, name) for name in ("first", "second"))
    work.enqueue(first)
    slot = concurrency_slots.acquire(tables, first, 1)
    assert slot is not None
    take = tables.put_if_unchanged

    def begin_first(key: str, value: bytes, expected: bytes) -> bool:
        monkeypatch.setattr(tables, "put_if_unchanged", take)
        assert work.claim(TaskMessage(first), "worker") is not None
        assert concurrency_slots.confirm(tables, slot, first)
        return take(key, value, expected)

    monkeypatch.setattr(tables, "put_if_unchanged", begin_first)
    assert concurrency_slots.acquire(tables, second, 1) is None
