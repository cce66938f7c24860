"""Slots of helpers: so many and no more, each with a lease of its own."""

from __future__ import annotations

import pytest

from core.domain.records import TaskRef, TaskState
from core.errors import LeaseLost
from core.service import Service
from core.storage import rows
from core.tasks.helpers import HelperLease, HelperSlots

REF = TaskRef("train", "user", "job")


@pytest.fixture
def slots(service: Service) -> HelperSlots:
    return HelperSlots(service.ports.tables, REF)


def taken(slots: HelperSlots, count: int = 2, worker: str = "worker") -> HelperLease:
    slot = slots.acquire(count, worker, 1)
    assert slot is not None
    return slot


def test_there_are_so_many_seats_and_no_more(slots: HelperSlots) -> None:
    first, second = taken(slots), taken(slots)
    assert len(slots.occupied()) == 2
    assert first.helper_id != second.helper_id
    assert slots.acquire(2, "late", 1) is None
    slots.release(first)
    assert taken(slots).key == first.key


def test_each_sign_of_life_is_another(slots: HelperSlots) -> None:
    slot = taken(slots)
    renewed = slots.renew(slot, 0.0)
    assert renewed.raw != slot.raw
    assert (renewed.ref, renewed.helper_id, renewed.key) == (REF, slot.helper_id, slot.key)
    assert slots.occupied() == {slot.key: renewed.raw}


def test_a_renewal_whose_answer_was_lost_is_found_again(slots: HelperSlots) -> None:
    slot = taken(slots)
    landed = slots.renew(slot, 0.0)
    assert slots.renew(slot, 0.0).raw == landed.raw


def test_a_seat_that_was_cleared_is_lost_to_its_holder_alone(slots: HelperSlots) -> None:
    slot = taken(slots, 1)
    assert not slots.evict(slot.key, b"what was seen before he renewed")
    assert slots.evict(slot.key, slot.raw)
    with pytest.raises(LeaseLost):
        slots.renew(slot, 0.0)
    other = taken(slots, 1)
    with pytest.raises(LeaseLost):
        slots.renew(slot, 0.0)
    slots.release(slot)
    assert rows.load(TaskState, slots.occupied()[other.key]).owner == other.helper_id
    slots.delete_all()
    assert not slots.occupied()
