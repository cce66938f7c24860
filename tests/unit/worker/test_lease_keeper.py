"""A lease is renewed, noticed as lost, and given up while the tables are out of reach."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from backends.factory import create_backends
from core.domain.records import TaskRef
from core.errors import LeaseLost, Unavailable
from core.service import Service
from core.settings import Settings
from core.storage import rows
from core.tasks.lifecycle import ClaimedTask, TaskLifecycle
from core.tasks.messages import TaskMessage
from tests.waiting import PATIENCE_S
from worker.lease_keeper import LeaseRenewer

REF = TaskRef("check", "user", "work")
QUICK = Settings({}, lease_s=1.5, renew_s=0.05)
LASTING = Settings({}, lease_s=300.0, renew_s=0.05)


@pytest.fixture
def work(tmp_path: Path) -> Iterator[TaskLifecycle]:
    ports = create_backends(Settings({}, data=str(tmp_path)))
    yield Service(ports, QUICK).work
    ports.close()


@pytest.fixture
def claimed(work: TaskLifecycle) -> ClaimedTask:
    work.enqueue(REF)
    claimed = work.claim(TaskMessage(REF), "worker")
    assert claimed is not None
    return claimed


def nobody() -> None:
    """Has no child."""


class Counting(TaskLifecycle):
    """Counts renewals, and fails them on demand."""

    renewals = 0
    away = False
    reached = threading.Event()

    def renew(self, claimed: ClaimedTask, spent_s: float) -> ClaimedTask:
        self.renewals += 1
        if self.renewals >= 3:
            self.reached.set()
        if self.away:
            raise Unavailable("no tables")
        return super().renew(claimed, spent_s)


def test_it_is_renewed_again_and_again_and_its_end_is_the_last_write(work: TaskLifecycle, claimed: ClaimedTask) -> None:
    counting = Counting(work.tables, work.queue, work.kinds)
    counting.reached = threading.Event()
    with LeaseRenewer(counting, claimed, LASTING, nobody) as lease:
        assert counting.reached.wait(PATIENCE_S)
        task_state = lease.end(lambda current: work.succeed(current, {"x": 1}))
    assert task_state.result == {"x": 1}
    assert work.state(REF) == task_state


def test_a_takeover_is_noticed(work: TaskLifecycle, claimed: ClaimedTask) -> None:
    struck = threading.Event()
    with LeaseRenewer(work, claimed, QUICK, struck.set) as lease:
        while True:
            raw = work.tables.get(rows.task_state_key(REF))
            assert raw is not None
            if work.claim(TaskMessage(REF, rows.digest(raw)), "thief"):
                break
        assert struck.wait(PATIENCE_S)
        assert lease.is_lost
        with pytest.raises(LeaseLost):
            lease.end(lambda current: work.succeed(current, {}))


def test_it_is_given_up_before_its_end_while_the_tables_are_away(work: TaskLifecycle, claimed: ClaimedTask) -> None:
    counting = Counting(work.tables, work.queue, work.kinds)
    counting.away = True
    struck = threading.Event()
    with LeaseRenewer(counting, claimed, QUICK, struck.set) as lease:
        assert struck.wait(PATIENCE_S)
        assert lease.is_lost
    assert counting.renewals >= 1
    assert work.state(REF) == claimed.task_state


def test_a_claim_whose_answer_came_late_has_lasted_since_it_was_made(work: TaskLifecycle, claimed: ClaimedTask) -> None:
    counting = Counting(work.tables, work.queue, work.kinds)
    struck = threading.Event()
    with LeaseRenewer(counting, replace(claimed, since_s=claimed.since_s - QUICK.lease_s), QUICK, struck.set) as lease:
        assert lease.is_lost
        assert struck.wait(PATIENCE_S)


def test_a_renewal_that_hangs_is_as_good_as_none(work: TaskLifecycle, claimed: ClaimedTask) -> None:
    class Hanging(TaskLifecycle):
        go_on = threading.Event()

        def renew(self, claimed: ClaimedTask, spent_s: float) -> ClaimedTask:
            self.go_on.wait(PATIENCE_S)
            raise Unavailable("no tables")

    hanging = Hanging(work.tables, work.queue, work.kinds)
    struck = threading.Event()
    with LeaseRenewer(hanging, claimed, QUICK, struck.set) as lease:
        # Nobody has to ask for it: whoever conducts the child may hang in the same tables.
        assert struck.wait(PATIENCE_S)
        assert lease.is_lost
        hanging.go_on.set()
