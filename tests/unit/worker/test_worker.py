"""A worker whose back ends go away in the middle."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from core.datasets.datasets import profile_ref
from core.domain import states
from core.domain.records import Json, TaskRef
from core.domain.users import User
from core.errors import Unavailable
from core.jobs.job_views import JobView
from core.jobs.jobs import TRAIN
from core.ports import QUEUES, TRAIN_QUEUE
from core.service import Service
from core.storage import rows
from core.tasks.lifecycle import ClaimedTask
from core.tasks.messages import TaskMessage
from tests.waiting import PATIENCE_S
from worker import intake, supervisor
from worker import worker as loop
from worker.child_process import ChildDied
from worker.handlers import HANDLERS
from worker.supervisor import TaskSupervisor
from worker.worker import Worker

USER = "user"


@pytest.fixture
def worker(service: Service) -> Iterator[Worker]:
    service.sweeper.sweep()  # It begins nothing until somebody has looked what may be lost.
    made = Worker(service, TRAIN_QUEUE)
    yield made
    made.context.pool.close()


def submit(service: Service) -> str:
    """A job that can begin."""
    service.ports.tables.put(rows.key("user", USER), rows.dump(User(USER, "ada", "now")))
    dataset = service.datasets.create(USER, "a.csv", iter([b"a,y\n1,2\n"]))
    ref = profile_ref(dataset)
    claimed = service.work.claim(TaskMessage(ref), "profiler")
    assert claimed is not None
    service.datasets.record_profile(ref, {"rows": 1, "columns": [{"name": "a"}, {"name": "y"}]}, None)
    service.work.succeed(claimed, {})
    service.settler.finalize(ref)
    return service.jobs.submit(USER, {"dataset_id": dataset.id, "target": "y", "time_budget_s": 1}).job.id


def view(service: Service, job: str) -> JobView:
    return service.jobs.view(service.jobs.get(USER, job))


def test_a_message_is_held_until_the_tables_are_back(
    worker: Worker, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = submit(service)
    claim, tries = service.claims.claim, []

    def away_at_first(*args: object) -> object:
        tries.append(args)
        if len(tries) == 1:
            raise Unavailable("no tables")
        return claim(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(service.claims, "claim", away_at_first)
    monkeypatch.setattr(worker, "_run_claimed", lambda claimed: None)
    worker.process_one()
    assert view(service, job).state == states.RUNNING
    assert service.ports.queue.receive(TRAIN_QUEUE, 0) is None


@pytest.mark.parametrize(
    ("tables", "lease_s", "renew_s", "attempts"),
    [
        pytest.param("away", 2.0, 0.1, 0, id="tables away"),
        pytest.param("silent", 2.0, 0.1, 0, id="tables silent"),
        pytest.param("there", 0.6, 0.9, 1, id="a machine that gets to it too late"),
    ],
)
def test_a_lease_that_was_lost_in_an_outage_is_no_attempt_of_the_work(
    worker: Worker,
    service: Service,
    monkeypatch: pytest.MonkeyPatch,
    tables: str,
    lease_s: float,
    renew_s: float,
    attempts: int,
) -> None:
    service.settings.values.update(lease_s=lease_s, renew_s=renew_s)
    job, over = submit(service), threading.Event()

    def renew(claimed: ClaimedTask, _: float) -> ClaimedTask:
        if tables == "away":
            raise Unavailable("no tables")
        over.wait(PATIENCE_S)  # The answer comes when they are back: too late.
        return claimed

    def wait_until_lost(supervisor: TaskSupervisor) -> Json:
        assert supervisor.lease.lost.wait(PATIENCE_S)
        over.set()
        supervisor.raise_if_interrupted()
        raise AssertionError

    monkeypatch.setattr(service.work, "renew", renew)
    monkeypatch.setattr(HANDLERS[TRAIN], "run", wait_until_lost)
    worker.process_one()
    after = view(service, job)
    assert (after.state, after.task_state.epoch, after.task_state.attempt) == (states.QUEUED, 1, attempts)


def test_a_message_that_cannot_be_acknowledged_is_worked_on_all_the_same(
    worker: Worker, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = submit(service)
    done: list[ClaimedTask] = []
    monkeypatch.setattr(worker, "_run_claimed", done.append)

    def away(*_: object) -> None:
        raise Unavailable("no broker")

    monkeypatch.setattr("backends.queue.local.LocalDelivery.ack", away)
    worker.process_one()
    assert [claimed.ref.id for claimed in done] == [job]


def test_only_a_training_that_died_itself_twice_is_given_up(
    worker: Worker, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = submit(service)

    def crash(_: TaskSupervisor) -> Json:
        raise ChildDied(-6)

    ref = TaskRef("train", USER, job)
    lost = service.work.claim(TaskMessage(ref), "a worker that is killed")
    assert lost is not None
    service.work.notify(ref, silent=rows.digest(lost.raw))
    monkeypatch.setattr(HANDLERS[TRAIN], "run", crash)
    for state in (states.QUEUED, states.FAILED):
        while view(service, job).task_state.epoch < 3 and any(map(service.ports.queue.depth, QUEUES)):
            worker.process_one()
            if view(service, job).state == state:
                break
        assert view(service, job).state == state
    after = view(service, job).task_state
    assert after.error is not None
    assert (after.error["reason"], after.attempt) == ("TRAINING_CRASHED", 3)


def test_an_outage_is_no_attempt_of_the_work(worker: Worker, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "BACKEND_OUTAGE_PAUSE_S", 0.0)
    monkeypatch.setattr(supervisor, "READ_TRIES", 1)
    job = submit(service)

    def away(*_: object) -> None:
        raise Unavailable("no blobs")

    monkeypatch.setattr(service.ports.blobs, "read", away)
    worker.process_one()
    after = view(service, job)
    assert (after.state, after.task_state.epoch, after.task_state.attempt) == (states.QUEUED, 1, 0)


def test_what_is_urgent_is_taken_first_and_nothing_else_while_work_may_be_lost(
    worker: Worker, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[ClaimedTask] = []
    monkeypatch.setattr(worker, "_run_claimed", done.append)
    monkeypatch.setattr(intake, "RECEIVE_TIMEOUT_S", 0.0)
    first, second = submit(service), submit(service)
    service.work.notify(TaskRef("train", USER, second), urgent=True)
    worker.process_one()
    service.sweeper.liveness.queues_at_risk = frozenset({TRAIN_QUEUE})
    worker.process_one()
    assert [claimed.ref.id for claimed in done] == [second]
    service.sweeper.liveness.queues_at_risk = frozenset()
    worker.process_one()
    assert [claimed.ref.id for claimed in done] == [second, first]


def test_what_falls_silent_while_the_queue_is_away_is_taken_over_all_the_same(
    worker: Worker, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.settings.values.update(lease_s=0.0)
    ref, done = TaskRef("train", USER, submit(service)), []
    assert service.work.claim(TaskMessage(ref), "a worker that is killed") is not None
    service.sweeper.liveness.scan()
    service.sweeper.liveness.scan()
    monkeypatch.setattr(worker, "_run_claimed", done.append)

    def away(*_: object) -> None:
        raise Unavailable("no broker")

    monkeypatch.setattr(service.ports.queue, "receive", away)
    worker.process_one()
    assert [(claimed.ref, claimed.task_state.epoch) for claimed in done] == [(ref, 2)]


def test_it_ends_when_nothing_has_come_for_long_enough(service: Service) -> None:
    Worker(service, TRAIN_QUEUE).run(until_idle_s=0.01)  # Returns, without anybody telling it to.


def test_work_is_no_idleness_however_long_it_takes(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, done = [0.0], iter([True, True, False, False, True])
    monkeypatch.setattr(loop, "time", SimpleNamespace(monotonic=lambda: clock[0]))

    def work() -> bool:
        came = next(done)
        clock[0] += 100 if came else 6
        return came

    worker = Worker(service, TRAIN_QUEUE)
    monkeypatch.setattr(worker, "process_one", work)  # Of this one alone: others may run in threads.
    worker.run(until_idle_s=10)
    assert clock[0] == 212  # Twice 100 s of work, then 12 s of nothing.


def test_not_knowing_whether_there_is_work_is_no_idleness(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, answers = [0.0], iter([Unavailable("away"), Unavailable("away"), False])
    monkeypatch.setattr(loop, "time", SimpleNamespace(monotonic=lambda: clock[0]))

    def work() -> bool:
        clock[0] += 11
        if isinstance(answer := next(answers), Unavailable):
            raise answer
        return answer

    worker = Worker(service, TRAIN_QUEUE)
    monkeypatch.setattr(worker, "process_one", work)
    monkeypatch.setattr(worker.context.shutting_down, "wait", lambda timeout: False)
    worker.run(until_idle_s=10)
    assert clock[0] == 33
