"""A user's slots under contention."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core import rows, slots
from core.messages import Doorbell
from core.records import WorkRef

if TYPE_CHECKING:
    from tests.unit.core.conftest import World


def test_a_slot_of_a_job_that_does_not_run_is_free(world: World) -> None:
    tables = world.service.ports.tables
    first, second = (WorkRef("train", world.user.id, name) for name in ("first", "second"))
    slot = slots.acquire(tables, first, 1)
    assert slot is not None
    assert slots.acquire(tables, second, 1) == slot
    assert slots.holds(tables, slot, second)
    assert not slots.holds(tables, slot, first)


def test_a_slot_of_a_running_job_is_kept_and_found_again(world: World) -> None:
    tables, work = world.service.ports.tables, world.service.work
    first, second = (WorkRef("train", world.user.id, name) for name in ("first", "second"))
    work.begin(first)
    slot = slots.acquire(tables, first, 1)
    assert work.claim(Doorbell(first), "worker") is not None
    assert slots.acquire(tables, second, 1) is None
    assert slots.acquire(tables, first, 1) == slot
    assert tables.get(rows.key("slot", world.user.id, 1)) is None
