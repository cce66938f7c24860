"""A worker that accepts an invitation: begins with what waits, helps otherwise, leaves when it is reassigned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.domain import states
from core.domain.trainings import Job, Progress
from core.errors import LeaseLost
from core.storage import rows
from core.tasks.lifecycle import ClaimedTask
from core.tasks.liveness import UnchangedTimer
from core.tasks.messages import TaskMessage
from tests.unit.worker.distributed.test_leader import Clock
from tests.unit.worker.shared import ENGINE, Shared, SilentChild, context, trial
from worker.distributed import joining
from worker.distributed.helper import HelperRun
from worker.distributed.joining import HelperService
from worker.distributed.leader_watch import LeaderWatch, Reassigned, SearchEnded
from worker.lease_keeper import LeaseRenewer
from worker.messages.from_child import PollUpdates
from worker.messages.to_child import SearchUpdates
from worker.process_pool import ProcessPool
from worker.supervisor import TaskSupervisor


@pytest.fixture
def led(shared: Shared) -> tuple[Job, ClaimedTask]:
    """A job, and the lead of it."""
    job = shared.submit()
    shared.messages()
    claimed = shared.service.claims.claim(TaskMessage(shared.ref(job)), "leader", ENGINE)
    assert claimed is not None
    return job, claimed


@pytest.fixture
def helper(shared: Shared, tmp_path: Path) -> Iterator[HelperService]:
    pool = ProcessPool(1)
    claims = shared.service.claims
    yield HelperService(
        context(shared.service, tmp_path, pool), lambda message: claims.claim(message, "helper", ENGINE)
    )
    pool.close()


@pytest.fixture
def leader(shared: Shared, led: tuple[Job, ClaimedTask], tmp_path: Path) -> LeaderWatch:
    job, claimed = led
    return LeaderWatch(context(shared.service, tmp_path), shared.ref(job), claimed.task_state)


def test_an_invitation_for_another_engine_is_left_to_others_and_the_job_goes_on(
    shared: Shared, led: tuple[Job, ClaimedTask], helper: HelperService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(joining, "DECLINED_S", 0.0)
    job, claimed = led
    invitation = TaskMessage(shared.ref(job), engine="2.0")
    assert helper.accept(invitation) is None
    assert shared.messages() == [replace(invitation, declined=1)]
    assert shared.task_state(job) == claimed.task_state


def test_waiting_jobs_come_before_any_invitation(
    shared: Shared, led: tuple[Job, ClaimedTask], helper: HelperService
) -> None:
    job, _ = led
    waiting = shared.submit(parallelism=1)
    shared.messages()
    invitation = TaskMessage(shared.ref(job), engine=ENGINE)
    called = helper.accept(invitation)
    assert called is not None
    assert called.ref.id == waiting.id
    assert shared.messages() == [invitation]


def test_a_helper_has_a_seat_as_long_as_he_helps(
    shared: Shared, led: tuple[Job, ClaimedTask], helper: HelperService, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, _ = led
    seen: list[int] = []

    def help(self: HelperRun) -> None:
        self.supervisor.raise_if_interrupted()
        seen.append(len(shared.tables.scan(f"helper_slot#{shared.user}#{job.id}#")))
        assert self.trials.reserve(trial(0))
        raise LeaseLost("enough")

    monkeypatch.setattr(HelperRun, "run", help)
    assert helper.accept(TaskMessage(shared.ref(job), engine=ENGINE)) is None
    assert seen == [1]
    assert not shared.tables.scan(f"helper_slot#{shared.user}#{job.id}#")
    (row,) = shared.service.jobs.trials(job, 10).items
    assert (row.state, row.payload["reason"]) == ("stopped", "Its worker left.")


def test_nobody_joins_a_search_whose_seats_are_taken_or_whose_user_wants_it_to_end(
    shared: Shared, led: tuple[Job, ClaimedTask], helper: HelperService, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, _ = led
    monkeypatch.setattr(HelperRun, "run", lambda _: pytest.fail("joined"))
    invitation = TaskMessage(shared.ref(job), engine=ENGINE)
    (slots, slot), _ = shared.slot(job), shared.slot(job)
    assert helper.accept(invitation) is None
    slots.release(slot)
    shared.service.jobs.request_stop(shared.user, job.id, states.STOP)
    assert helper.accept(invitation) is None


def test_the_lead_of_a_silent_leader_falls_to_a_helper(
    shared: Shared, led: tuple[Job, ClaimedTask], leader: LeaderWatch
) -> None:
    job, _ = led
    clock = Clock()
    leader.watch = UnchangedTimer(clock)
    leader.check()
    clock.now_s += shared.settings.lease_s
    with pytest.raises(Reassigned) as called:
        leader.check()
    assert called.value.claimed.ref == shared.ref(job)
    assert (shared.task_state(job).owner, shared.task_state(job).epoch) == ("helper", 2)


def test_a_lead_that_was_handed_back_falls_to_a_helper_at_once(
    shared: Shared, led: tuple[Job, ClaimedTask], leader: LeaderWatch
) -> None:
    shared.service.work.requeue(led[1])
    with pytest.raises(Reassigned):
        leader.check()


def test_help_ends_with_the_search(shared: Shared, led: tuple[Job, ClaimedTask], leader: LeaderWatch) -> None:
    job, claimed = led
    leader.check()
    shared.tables.put(
        rows.key("progress", shared.user, job.id), rows.dump(Progress(claimed.task_state.epoch, phase="ensembling"))
    )
    with pytest.raises(SearchEnded):
        leader.check()


@pytest.mark.parametrize("changes", [{"engine": "2.0"}, {"memory_scale": 0.5}])
def test_help_ends_where_the_leader_has_another_engine_or_other_rows(
    shared: Shared, led: tuple[Job, ClaimedTask], leader: LeaderWatch, changes: dict[str, object]
) -> None:
    job, claimed = led
    shared.tables.put(
        rows.task_state_key(shared.ref(job)), rows.dump(replace(claimed.task_state, nonce="x", **changes))
    )  # type: ignore[arg-type]
    with pytest.raises(SearchEnded):
        leader.check()


def test_between_two_trials_a_helper_looks_who_waits(
    shared: Shared, led: tuple[Job, ClaimedTask], leader: LeaderWatch, helper: HelperService
) -> None:
    job, _ = led
    slots, slot = shared.slot(job)
    child = SilentChild()
    with LeaseRenewer(slots, slot, shared.settings, child.kill_group) as lease:
        supervisor = TaskSupervisor(helper.context, lease, child, shared.folder, leader)
        run = HelperRun(supervisor, leader, slot, job, shared.dataset, helper.claim_waiting_job)
        run.fairness_check_at = 0.0
        run._on_poll(PollUpdates(last=False))
        assert child.sent == [SearchUpdates([], [], 100.0)]
        waiting = shared.submit(parallelism=1)
        run.fairness_check_at = 0.0
        with pytest.raises(Reassigned) as called:
            run._on_poll(PollUpdates(last=False))
    child.kill()
    assert called.value.claimed.ref.id == waiting.id


def test_the_time_left_is_what_the_leader_has_told_and_what_has_passed_since(
    shared: Shared, led: tuple[Job, ClaimedTask], leader: LeaderWatch
) -> None:
    assert leader.remaining_s(100.0) == 100.0
    shared.service.work.renew(led[1], 40.0)
    leader.check()
    assert 50.0 < leader.remaining_s(100.0) <= 60.0 - shared.settings.renew_s
