"""Who is invited, what goes before, and what becomes of an invitation that nobody can use."""

from __future__ import annotations

import pytest

from core.domain.records import TaskRef
from core.ports import TRAIN_QUEUE
from core.tasks.invitations import MAX_DECLINED, Invitations
from core.tasks.messages import TaskMessage, dump_message, load_message
from tests.unit.core.conftest import World

REF = TaskRef("train", "user", "job")
INVITATION = TaskMessage(REF, engine="1.0")


@pytest.fixture
def invitations(world: World) -> Invitations:
    return Invitations(world.service.ports.queue, world.service.jobs.waiting)


def test_as_many_are_invited_as_are_lacking(world: World, invitations: Invitations) -> None:
    assert invitations.queue_is_empty()
    invitations.send(REF, "1.0", 3)
    assert not invitations.queue_is_empty()
    assert world.messages() == [INVITATION] * 3


def test_an_invitation_is_returned_so_often_and_no_more(world: World, invitations: Invitations) -> None:
    invitations.decline(INVITATION)
    for declined in range(1, MAX_DECLINED + 1):
        (invitation,) = world.messages()
        assert invitation.declined == declined
        invitations.decline(invitation)
    assert not world.messages()


def test_the_job_of_each_user_that_has_waited_longest_comes_first(world: World, invitations: Invitations) -> None:
    dataset = world.upload()
    first, _ = world.submit(dataset), world.submit(dataset)
    assert [message.ref.id for message in invitations.jobs_ahead()] == [first]
    assert world.claim() is not None
    world.service.jobs.waiting.forget()
    assert [message.ref.id for message in invitations.jobs_ahead()] != [first]


def test_an_invitation_to_a_job_that_lost_its_leader_leads(world: World) -> None:
    ref = TaskRef("train", world.user.id, world.submit())
    claimed = world.service.claims.claim(TaskMessage(ref, engine="1.0"), "worker", "1.0")
    assert claimed is not None
    assert claimed.task_state.engine == "1.0"
    assert world.service.claims.claim(TaskMessage(ref, engine="1.0"), "another", "1.0") is None


def test_a_dead_invitation_fails_no_job(world: World) -> None:
    job = world.submit()
    world.messages()
    invitation = TaskMessage(TaskRef("train", world.user.id, job), engine="1.0")
    world.service.ports.queue.publish(TRAIN_QUEUE, dump_message(invitation))
    delivery = world.service.ports.queue.receive(TRAIN_QUEUE, 0)
    assert delivery is not None
    assert load_message(delivery.body, world.service.kinds) == invitation
    delivery.reject()
    world.service.dead_letters.collect()
    assert world.state(job) == "queued"
    assert not world.service.dead_letters.all()
