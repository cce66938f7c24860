"""A further kind of task is one class and one line that registers it: everything else treats it as any other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.domain import states
from core.domain.records import Json, TaskRef, TaskState
from core.errors import failure
from core.ports import PROFILE_QUEUE
from core.storage import rows
from core.tasks.kinds import TaskKind

if TYPE_CHECKING:
    from tests.unit.core.conftest import World


class BakeTask(TaskKind):
    """Bake a cake. There may be no flour, the oven may be cold, and it holds one cake."""

    name = "bake"
    row_kinds = ("cake",)
    can_be_stopped = True

    def __init__(self) -> None:
        self.has_flour = self.is_hot = True
        self.ended: list[tuple[str, str]] = []

    def missing_input(self, ref: TaskRef) -> Json | None:
        return None if self.has_flour else failure("NO_FLOUR", "There is no flour.", "Buy some.")

    def exists(self, ref: TaskRef) -> bool:
        return ref.id != "never ordered"

    def is_ready(self, ref: TaskRef) -> bool:
        return self.is_hot

    def max_running(self, user_id: str) -> int | None:
        return 1

    def on_finished(self, ref: TaskRef, task_state: TaskState) -> None:
        self.ended.append((ref.id, task_state.state))


@pytest.fixture
def bake(world: World) -> BakeTask:
    made = BakeTask()
    world.service.kinds[made.name] = made
    return made


def cake(world: World, id: str = "birthday") -> TaskRef:
    ref = TaskRef("bake", world.user.id, id)
    world.service.work.enqueue(ref)
    return ref


def test_it_is_claimed_ended_and_followed_up(world: World, bake: BakeTask) -> None:
    ref = cake(world)
    claimed = world.claim(PROFILE_QUEUE)
    assert claimed is not None
    assert claimed.ref == ref
    world.service.work.succeed(claimed, {"layers": 3})
    world.service.settler.finalize(ref)
    assert bake.ended == [("birthday", states.SUCCEEDED)]
    assert not world.service.ports.tables.scan("active#bake#")


def test_it_waits_until_it_is_ready_and_for_its_turn(world: World, bake: BakeTask) -> None:
    bake.is_hot = False
    ref = cake(world)
    assert world.claim(PROFILE_QUEUE) is None
    bake.is_hot = True
    world.service.work.notify(ref)
    assert world.claim(PROFILE_QUEUE) is not None
    cake(world, "wedding")
    assert world.claim(PROFILE_QUEUE) is None
    assert not world.service.ports.tables.scan(rows.prefix("slot", world.user.id, "train"))


def test_it_fails_where_its_input_is_missing_and_is_cancelled_where_its_user_wants_that(
    world: World, bake: BakeTask
) -> None:
    bake.has_flour = False
    failed = cake(world)
    assert world.claim(PROFILE_QUEUE) is None
    cancelled = cake(world, "wedding")
    world.service.ports.tables.put(rows.request_key(cancelled), states.CANCEL.encode())
    assert world.claim(PROFILE_QUEUE) is None
    assert bake.ended == [(failed.id, states.FAILED), (cancelled.id, states.CANCELLED)]


def test_one_whose_worker_fell_silent_is_taken_over(world: World, bake: BakeTask) -> None:
    cake(world)
    assert world.claim(PROFILE_QUEUE, "one") is not None
    world.sweep()
    world.sweep(after_s=world.service.settings.lease_s + 1)
    taken = world.claim(PROFILE_QUEUE, "two")
    assert taken is not None
    assert taken.task_state.attempt == 2


def test_one_whose_request_died_is_queued_or_forgotten(world: World, bake: BakeTask) -> None:
    for id in ("birthday", "never ordered"):
        world.service.work.register(TaskRef("bake", world.user.id, id))
    world.sweep()
    world.sweep(after_s=61)
    assert [message.ref.id for message in world.messages(PROFILE_QUEUE)] == ["birthday"]
    assert [row.key.rsplit("#", 1)[1] for row in world.service.ports.tables.scan("active#bake#")] == ["birthday"]


def test_a_dead_letter_of_it_is_tried_again(world: World, bake: BakeTask) -> None:
    cake(world)
    delivery = world.service.ports.queue.receive(PROFILE_QUEUE, 0)
    assert delivery is not None
    delivery.reject()
    dead_letters = world.service.dead_letters
    dead_letters.collect()
    assert bake.ended == [("birthday", states.FAILED)]
    assert dead_letters.retry(dead_letters.all()[0].id) == f"bake#{world.user.id}#birthday is queued again"
    assert world.claim(PROFILE_QUEUE) is not None


def test_it_goes_with_its_account(world: World, bake: BakeTask) -> None:
    tables, user_id = world.service.ports.tables, world.user.id
    cake(world)
    tables.put(rows.key("cake", user_id, "birthday"), b"{}")
    world.service.eraser.account(user_id)
    assert not [start for start in ("control#", "active#", "cake#") if tables.scan(start)]


def test_a_kind_that_only_a_newer_program_knows_stops_no_sweeper(world: World) -> None:
    ref = TaskRef("frost", world.user.id, "cake")
    world.service.ports.tables.put(rows.active_key(ref), b"")
    world.sweep()
    world.sweep(after_s=61)
    assert world.service.ports.tables.get(rows.active_key(ref)) is not None


def test_only_trainings_name_a_job_in_log_lines(world: World) -> None:
    kinds = world.service.kinds
    named = {name: kind.log_names(TaskRef(name, "ada", "x")) for name, kind in kinds.items()}
    assert named == {**{name: {} for name in kinds}, "train": {"job_id": "x"}}
