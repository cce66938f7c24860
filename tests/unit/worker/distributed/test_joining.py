"""Who takes a ticket: first looks who waits, then helps, and goes when he is called elsewhere."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.domain import states
from core.domain.records import Job, Progress
from core.errors import LeaseLost
from core.ports import TRAIN_QUEUE
from core.storage import rows
from core.tasks.lifecycle import Held
from core.tasks.messages import Doorbell, load_doorbell
from core.tasks.watch import Watch
from tests.unit.worker.distributed.test_leader import Clock
from tests.unit.worker.shared import ENGINE, Shared, SilentChild, trial
from worker.distributed import joining
from worker.distributed.helper import Called, Help, Helping, Over
from worker.distributed.joining import Joiner
from worker.lease_keeper import Lease
from worker.process_pool import Nursery


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[Shared]:
    made = Shared(tmp_path)
    yield made
    made.service.ports.close()


@pytest.fixture
def led(shared: Shared) -> tuple[Job, Held]:
    """A job, and the lead of it."""
    job = shared.submit()
    for delivery in iter(lambda: shared.service.ports.queue.take(TRAIN_QUEUE, 0), None):
        delivery.ack()
    held = shared.service.claims.claim(Doorbell(shared.ref(job)), "leader", ENGINE)
    assert held is not None
    return job, held


@pytest.fixture
def joiner(shared: Shared, tmp_path: Path) -> Iterator[Joiner]:
    nursery = Nursery(1)
    claims = shared.service.claims
    yield Joiner(
        shared.service, "helper", ENGINE, nursery, tmp_path, threading.Event(), 1 << 40,
        lambda bell: claims.claim(bell, "helper", ENGINE),
    )  # fmt: skip
    nursery.close()


@pytest.fixture
def helping(shared: Shared, led: tuple[Job, Held], tmp_path: Path) -> Iterator[Helping]:
    job, held = led
    seats, seat = shared.seat(job)
    child = SilentChild()
    with Lease(seats, seat, shared.settings, child.strike) as lease:
        yield Helping(
            shared.service, lease, child, tmp_path, threading.Event(), 1 << 40, "helper", ENGINE, held.control
        )
    child.kill()


def rung(shared: Shared) -> list[Doorbell]:
    found = []
    while (delivery := shared.service.ports.queue.take(TRAIN_QUEUE, 0)) is not None:
        found.append(load_doorbell(delivery.body, shared.service.kinds))
        delivery.ack()
    return found


def test_a_ticket_for_another_engine_is_left_to_others_and_the_job_goes_on(
    shared: Shared, led: tuple[Job, Held], joiner: Joiner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(joining, "DECLINED_S", 0.0)
    job, held = led
    ticket = Doorbell(shared.ref(job), engine="2.0")
    assert joiner.answer(ticket) is None
    assert rung(shared) == [replace(ticket, declined=1)]
    assert shared.control(job) == held.control


def test_who_waits_comes_before_any_ticket(shared: Shared, led: tuple[Job, Held], joiner: Joiner) -> None:
    job, _ = led
    waiting = shared.submit(parallelism=1)
    rung(shared)
    ticket = Doorbell(shared.ref(job), engine=ENGINE)
    called = joiner.answer(ticket)
    assert called is not None
    assert called.ref.id == waiting.id
    assert rung(shared) == [ticket]


def test_a_helper_has_a_seat_as_long_as_he_helps(
    shared: Shared, led: tuple[Job, Held], joiner: Joiner, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, _ = led
    seen: list[int] = []

    def help(self: Help) -> None:
        self.conduct.check()
        seen.append(len(shared.tables.scan(f"seat#{shared.user}#{job.id}#")))
        assert self.trials.reserve(trial(0))
        raise LeaseLost("enough")

    monkeypatch.setattr(Help, "run", help)
    assert joiner.answer(Doorbell(shared.ref(job), engine=ENGINE)) is None
    assert seen == [1]
    assert not shared.tables.scan(f"seat#{shared.user}#{job.id}#")
    (row,) = shared.service.jobs.trials(job, 10).items
    assert (row.state, row.engine["reason"]) == ("stopped", "Its worker left.")


def test_nobody_joins_a_search_whose_seats_are_taken_or_whose_user_wants_it_to_end(
    shared: Shared, led: tuple[Job, Held], joiner: Joiner, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, _ = led
    monkeypatch.setattr(Help, "run", lambda _: pytest.fail("joined"))
    ticket = Doorbell(shared.ref(job), engine=ENGINE)
    (seats, seat), _ = shared.seat(job), shared.seat(job)
    assert joiner.answer(ticket) is None
    seats.leave(seat)
    shared.service.jobs.request(shared.user, job.id, states.STOP)
    assert joiner.answer(ticket) is None


def test_the_lead_of_a_silent_leader_falls_to_a_helper(shared: Shared, led: tuple[Job, Held], helping: Helping) -> None:
    job, _ = led
    clock = Clock()
    helping.watch = Watch(clock)
    helping.heed_wishes()
    clock.now_s += shared.settings.lease_s
    with pytest.raises(Called) as called:
        helping.heed_wishes()
    assert called.value.held.ref == shared.ref(job)
    assert (shared.control(job).owner, shared.control(job).epoch) == ("helper", 2)


def test_a_lead_that_was_handed_back_falls_to_a_helper_at_once(
    shared: Shared, led: tuple[Job, Held], helping: Helping
) -> None:
    shared.service.work.hand_back(led[1])
    with pytest.raises(Called):
        helping.heed_wishes()


def test_help_ends_with_the_search(shared: Shared, led: tuple[Job, Held], helping: Helping) -> None:
    job, held = led
    helping.heed_wishes()
    shared.tables.put(
        rows.key("progress", shared.user, job.id), rows.dump(Progress(held.control.epoch, phase="ensembling"))
    )
    with pytest.raises(Over):
        helping.heed_wishes()


@pytest.mark.parametrize("changes", [{"engine": "2.0"}, {"memory_scale": 0.5}])
def test_help_ends_where_the_leader_has_another_engine_or_other_rows(
    shared: Shared, led: tuple[Job, Held], helping: Helping, changes: dict[str, object]
) -> None:
    job, held = led
    shared.tables.put(rows.control_key(shared.ref(job)), rows.dump(replace(held.control, nonce="x", **changes)))  # type: ignore[arg-type]
    with pytest.raises(Over):
        helping.heed_wishes()


def test_between_two_trials_a_helper_looks_who_waits(
    shared: Shared, led: tuple[Job, Held], helping: Helping, joiner: Joiner
) -> None:
    job, _ = led
    _, seat = shared.seat(job)
    help = Help(helping, seat, job, shared.dataset, joiner.waiting)
    help.fair_at = 0.0
    help._on_news({"last": False})
    assert helping.child.sent[-1]["trials"] == []  # type: ignore[attr-defined]
    waiting = shared.submit(parallelism=1)
    help.fair_at = 0.0
    with pytest.raises(Called) as called:
        help._on_news({"last": False})
    assert called.value.held.ref.id == waiting.id


def test_the_time_left_is_what_the_leader_has_told_and_what_has_passed_since(
    shared: Shared, led: tuple[Job, Held], helping: Helping
) -> None:
    assert helping.left_s(100.0) == 100.0
    shared.service.work.renew(led[1], 40.0)
    helping.heed_wishes()
    assert 50.0 < helping.left_s(100.0) <= 60.0 - shared.settings.renew_s
