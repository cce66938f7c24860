"""Queue envelopes: what goes in comes out, and nothing else is taken."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.records import TaskRef
from core.tasks.messages import BadMessage, TaskMessage, dump_message, load_message

KINDS = ("train", "profile")
GOOD = {"version": 2, "kind": "train", "user_id": "u", "id": "j", "silent": None}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("silent", [None, "a" * 64])
def test_round_trip(kind: str, silent: str | None) -> None:
    message = TaskMessage(TaskRef(kind, "user", "id"), silent)
    assert load_message(dump_message(message), KINDS) == message


def test_an_invitation_carries_the_version_of_the_engine() -> None:
    invitation = TaskMessage(TaskRef("train", "user", "id"), engine="1.0", declined=2)
    assert load_message(dump_message(invitation), KINDS) == invitation


@pytest.mark.parametrize(
    "change",
    [
        {"version": 1},
        {"version": 3},
        {"version": "2"},
        {"kind": "bake"},
        {"id": ""},
        {"id": 5},
        {"silent": "short"},
        {"request_id": "r" * 129},
        {"request_id": 7},
        {"traceparent": ""},
    ],
)
def test_what_is_not_ours_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(BadMessage):
        load_message(json.dumps({**GOOD, **change}).encode(), KINDS)


@pytest.mark.parametrize("origin", [{}, {"request_id": "r-1"}, {"request_id": "r", "traceparent": "00-ab-cd-01"}])
def test_where_it_comes_from_travels_with_it(origin: dict[str, str]) -> None:
    message = TaskMessage(TaskRef("train", "u", "j"), origin=origin)
    assert load_message(dump_message(message), KINDS).origin == origin
    # What did not know of it yet takes such messages all the same, and what knows of it those of before.
    assert load_message(json.dumps(GOOD).encode(), KINDS).origin == {}


def test_fields_of_a_newer_minor_version_are_left_out() -> None:
    assert load_message(json.dumps({**GOOD, "priority": 9}).encode(), KINDS) == TaskMessage(TaskRef("train", "u", "j"))


@given(st.binary(max_size=300))
def test_no_bytes_do_more_than_be_refused(body: bytes) -> None:
    with pytest.raises(BadMessage):
        load_message(body, KINDS)
