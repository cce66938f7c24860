"""Seats of those who help: so many and no more, each with a lease of its own."""

from __future__ import annotations

import pytest

from core.domain.records import TaskRef, TaskState
from core.errors import LeaseLost
from core.service import Service
from core.storage import rows
from core.tasks.helpers import HelperLease, HelperSlots

REF = TaskRef("train", "user", "job")


@pytest.fixture
def seats(service: Service) -> HelperSlots:
    return HelperSlots(service.ports.tables, REF)


def taken(seats: HelperSlots, count: int = 2, worker: str = "worker") -> HelperLease:
    seat = seats.acquire(count, worker, 1)
    assert seat is not None
    return seat


def test_there_are_so_many_seats_and_no_more(seats: HelperSlots) -> None:
    first, second = taken(seats), taken(seats)
    assert len(seats.occupied()) == 2
    assert first.helper_id != second.helper_id
    assert seats.acquire(2, "late", 1) is None
    seats.release(first)
    assert taken(seats).key == first.key


def test_each_sign_of_life_is_another(seats: HelperSlots) -> None:
    seat = taken(seats)
    renewed = seats.renew(seat, 0.0)
    assert renewed.raw != seat.raw
    assert (renewed.ref, renewed.helper_id, renewed.key) == (REF, seat.helper_id, seat.key)
    assert seats.occupied() == {seat.key: renewed.raw}


def test_a_renewal_whose_answer_was_lost_is_found_again(seats: HelperSlots) -> None:
    seat = taken(seats)
    landed = seats.renew(seat, 0.0)
    assert seats.renew(seat, 0.0).raw == landed.raw


def test_a_seat_that_was_cleared_is_lost_to_its_holder_alone(seats: HelperSlots) -> None:
    seat = taken(seats, 1)
    assert not seats.evict(seat.key, b"what was seen before he renewed")
    assert seats.evict(seat.key, seat.raw)
    with pytest.raises(LeaseLost):
        seats.renew(seat, 0.0)
    other = taken(seats, 1)
    with pytest.raises(LeaseLost):
        seats.renew(seat, 0.0)
    seats.release(seat)
    assert rows.load(TaskState, seats.occupied()[other.key]).owner == other.helper_id
    seats.delete_all()
    assert not seats.occupied()
