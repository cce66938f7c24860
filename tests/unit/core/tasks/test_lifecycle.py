"""Claims, leases and fences, on real rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.domain.records import TaskRef
from core.errors import LeaseLost
from core.storage import rows
from core.tasks.messages import TaskMessage

if TYPE_CHECKING:
    from tests.unit.core.conftest import World

REF = TaskRef("check", "user", "work")


def test_a_task_is_claimed_once_however_often_its_message_comes(world: World) -> None:
    work = world.service.work
    work.enqueue(REF)
    work.notify(REF)
    claims = [work.claim(message, f"worker-{number}") for number, message in enumerate(world.messages("profile"))]
    assert [claimed is not None for claimed in claims] == [True, False]


def test_only_the_holder_renews_and_ends(world: World) -> None:
    work = world.service.work
    work.enqueue(REF)
    first = work.claim(TaskMessage(REF), "one")
    assert first is not None
    renewed = work.renew(first, 1.5)
    taken = work.claim(TaskMessage(REF, rows.digest(renewed.raw)), "two")
    assert taken is not None
    assert (taken.task_state.epoch, taken.task_state.attempt, taken.task_state.spent_s) == (2, 2, 1.5)
    with pytest.raises(LeaseLost):
        work.renew(renewed, 2.0)
    with pytest.raises(LeaseLost):
        work.succeed(renewed, {})
    assert work.succeed(taken, {"x": 1}).result == {"x": 1}


def test_a_takeover_needs_the_very_bytes_that_were_seen(world: World) -> None:
    work = world.service.work
    work.enqueue(REF)
    claimed = work.claim(TaskMessage(REF), "one")
    assert claimed is not None
    seen = rows.digest(claimed.raw)
    work.renew(claimed, 0.0)
    assert work.claim(TaskMessage(REF, seen), "two") is None


def test_a_write_whose_answer_was_lost_is_found_again(world: World) -> None:
    work = world.service.work
    work.enqueue(REF)
    claimed = work.claim(TaskMessage(REF), "one")
    assert claimed is not None
    work.renew(claimed, 1.0)  # It landed, but its holder never learns of it, and goes on from its old bytes.
    assert work.renew(claimed, 2.0).task_state.spent_s == 2.0
    assert work.succeed(claimed, {}).state == "succeeded"


def test_a_claim_whose_answer_was_lost_is_its_owners(world: World) -> None:
    work = world.service.work
    work.enqueue(REF)
    assert work.claim(TaskMessage(REF), "one") is not None  # It landed, but its owner never learns of it.
    assert work.claim(TaskMessage(REF), "two") is None
    again = work.claim(TaskMessage(REF), "one")
    assert again is not None
    assert (again.task_state.epoch, again.task_state.attempt) == (2, 1)


def test_a_requeued_task_is_published_again_and_keeps_its_attempts(world: World) -> None:
    work = world.service.work
    work.enqueue(REF)
    claimed = work.claim(world.messages("profile")[0], "one")
    assert claimed is not None
    work.requeue(claimed)
    again = work.claim(world.messages("profile")[0], "two")
    assert again is not None
    assert (again.task_state.attempt, again.task_state.epoch) == (1, 2)


def test_an_end_whose_answer_was_lost_is_the_same_end(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    work = world.service.work
    work.enqueue(REF)
    claimed = work.claim(TaskMessage(REF), "one")
    assert claimed is not None
    monkeypatch.setattr("core.tasks.lifecycle.now", lambda: "then")
    ended = work.succeed(claimed, {"x": 1})  # It landed, but its holder never learns of it.
    monkeypatch.setattr("core.tasks.lifecycle.now", lambda: "later")
    assert work.succeed(claimed, {"x": 1}) == ended
