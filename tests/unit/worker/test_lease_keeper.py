"""A lease is renewed, noticed as lost, and given up while the tables are out of reach."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from backends.factory import create_backends
from core.domain.records import WorkRef
from core.errors import LeaseLost, Unavailable
from core.service import Service
from core.settings import Settings
from core.storage import rows
from core.tasks.lifecycle import Held, Work
from core.tasks.messages import Doorbell
from tests.waiting import PATIENCE_S
from worker.lease_keeper import Lease

REF = WorkRef("check", "user", "work")
QUICK = Settings({}, lease_s=1.5, renew_s=0.05)
LASTING = Settings({}, lease_s=300.0, renew_s=0.05)


@pytest.fixture
def work(tmp_path: Path) -> Iterator[Work]:
    ports = create_backends(Settings({}, data=str(tmp_path)))
    yield Service(ports, QUICK).work
    ports.close()


@pytest.fixture
def held(work: Work) -> Held:
    work.begin(REF)
    held = work.claim(Doorbell(REF), "worker")
    assert held is not None
    return held


def nobody() -> None:
    """Has no child."""


class Counting(Work):
    """Counts renewals, and fails them on demand."""

    renewals = 0
    away = False
    reached = threading.Event()

    def renew(self, held: Held, spent_s: float) -> Held:
        self.renewals += 1
        if self.renewals >= 3:
            self.reached.set()
        if self.away:
            raise Unavailable("no tables")
        return super().renew(held, spent_s)


def test_it_is_renewed_again_and_again_and_its_end_is_the_last_write(work: Work, held: Held) -> None:
    counting = Counting(work.tables, work.queue, work.kinds)
    counting.reached = threading.Event()
    with Lease(counting, held, LASTING, nobody) as lease:
        assert counting.reached.wait(PATIENCE_S)
        control = lease.end(lambda current: work.succeed(current, {"x": 1}))
    assert control.result == {"x": 1}
    assert work.control(REF) == control


def test_a_takeover_is_noticed(work: Work, held: Held) -> None:
    struck = threading.Event()
    with Lease(work, held, QUICK, struck.set) as lease:
        while True:
            raw = work.tables.get(rows.control_key(REF))
            assert raw is not None
            if work.claim(Doorbell(REF, rows.digest(raw)), "thief"):
                break
        assert struck.wait(PATIENCE_S)
        assert lease.is_lost
        with pytest.raises(LeaseLost):
            lease.end(lambda current: work.succeed(current, {}))


def test_it_is_given_up_before_its_end_while_the_tables_are_away(work: Work, held: Held) -> None:
    counting = Counting(work.tables, work.queue, work.kinds)
    counting.away = True
    struck = threading.Event()
    with Lease(counting, held, QUICK, struck.set) as lease:
        assert struck.wait(PATIENCE_S)
        assert lease.is_lost
    assert counting.renewals >= 1
    assert work.control(REF) == held.control


def test_a_claim_whose_answer_came_late_has_lasted_since_it_was_made(work: Work, held: Held) -> None:
    counting = Counting(work.tables, work.queue, work.kinds)
    struck = threading.Event()
    with Lease(counting, replace(held, since_s=held.since_s - QUICK.lease_s), QUICK, struck.set) as lease:
        assert lease.is_lost
        assert struck.wait(PATIENCE_S)


def test_a_renewal_that_hangs_is_as_good_as_none(work: Work, held: Held) -> None:
    class Hanging(Work):
        go_on = threading.Event()

        def renew(self, held: Held, spent_s: float) -> Held:
            self.go_on.wait(PATIENCE_S)
            raise Unavailable("no tables")

    hanging = Hanging(work.tables, work.queue, work.kinds)
    struck = threading.Event()
    with Lease(hanging, held, QUICK, struck.set) as lease:
        # Nobody has to ask for it: whoever conducts the child may hang in the same tables.
        assert struck.wait(PATIENCE_S)
        assert lease.is_lost
        hanging.go_on.set()
