"""Seats of those who help: so many and no more, each with a lease of its own."""

from __future__ import annotations

import pytest

from core.domain.records import Control, WorkRef
from core.errors import LeaseLost
from core.service import Service
from core.storage import rows
from core.tasks.helpers import Seat, Seats

REF = WorkRef("train", "user", "job")


@pytest.fixture
def seats(service: Service) -> Seats:
    return Seats(service.ports.tables, REF)


def taken(seats: Seats, count: int = 2, worker: str = "worker") -> Seat:
    seat = seats.take(count, worker, 1)
    assert seat is not None
    return seat


def test_there_are_so_many_seats_and_no_more(seats: Seats) -> None:
    first, second = taken(seats), taken(seats)
    assert len(seats.taken()) == 2
    assert first.member != second.member
    assert seats.take(2, "late", 1) is None
    seats.leave(first)
    assert taken(seats).key == first.key


def test_each_sign_of_life_is_another(seats: Seats) -> None:
    seat = taken(seats)
    renewed = seats.renew(seat, 0.0)
    assert renewed.raw != seat.raw
    assert (renewed.ref, renewed.member, renewed.key) == (REF, seat.member, seat.key)
    assert seats.taken() == {seat.key: renewed.raw}


def test_a_renewal_whose_answer_was_lost_is_found_again(seats: Seats) -> None:
    seat = taken(seats)
    landed = seats.renew(seat, 0.0)
    assert seats.renew(seat, 0.0).raw == landed.raw


def test_a_seat_that_was_cleared_is_lost_to_its_holder_alone(seats: Seats) -> None:
    seat = taken(seats, 1)
    assert not seats.clear(seat.key, b"what was seen before he renewed")
    assert seats.clear(seat.key, seat.raw)
    with pytest.raises(LeaseLost):
        seats.renew(seat, 0.0)
    other = taken(seats, 1)
    with pytest.raises(LeaseLost):
        seats.renew(seat, 0.0)
    seats.leave(seat)
    assert rows.load(Control, seats.taken()[other.key]).owner == other.member
    seats.erase()
    assert not seats.taken()
