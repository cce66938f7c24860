"""A user's slots under contention."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core import rows, slots
from core.messages import Doorbell
from core.records import WorkRef

if TYPE_CHECKING:
    import pytest

    from tests.unit.core.conftest import World


def test_a_slot_of_a_job_that_does_not_run_is_free(world: World) -> None:
    tables = world.service.ports.tables
    first, second = (WorkRef("train", world.user.id, name) for name in ("first", "second"))
    slot = slots.acquire(tables, first, 1)
    assert slot is not None
    assert slots.acquire(tables, second, 1) == slot
    assert slots.confirm(tables, slot, second)
    assert not slots.confirm(tables, slot, first)


def test_a_slot_of_a_running_job_is_kept_and_found_again(world: World) -> None:
    tables, work = world.service.ports.tables, world.service.work
    first, second = (WorkRef("train", world.user.id, name) for name in ("first", "second"))
    work.begin(first)
    slot = slots.acquire(tables, first, 1)
    assert work.claim(Doorbell(first), "worker") is not None
    assert slots.acquire(tables, second, 1) is None
    assert slots.acquire(tables, first, 1) == slot
    assert tables.get(rows.key("slot", world.user.id, 1)) is None


def test_who_saw_the_job_before_it_ran_does_not_take_its_slot(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    tables, work = world.service.ports.tables, world.service.work
    first, second = (WorkRef("train", world.user.id, name) for name in ("first", "second"))
    work.begin(first)
    slot = slots.acquire(tables, first, 1)
    assert slot is not None
    take = tables.put_if_unchanged

    def begin_first(key: str, value: bytes, expected: bytes) -> bool:
        monkeypatch.setattr(tables, "put_if_unchanged", take)
        assert work.claim(Doorbell(first), "worker") is not None
        assert slots.confirm(tables, slot, first)
        return take(key, value, expected)

    monkeypatch.setattr(tables, "put_if_unchanged", begin_first)
    assert slots.acquire(tables, second, 1) is None
