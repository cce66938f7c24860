"""One search, several workers, each a process of its own over the real back ends: they come, go and are killed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress

import pytest

from core.domain.records import TaskRef, TaskState
from core.domain.trainings import TrialRow
from core.service import Service
from core.settings import Settings
from core.storage import rows
from core.tasks.helpers import HelperSlots
from nobrains_client import Client, Conflict, Dataset, Job
from tests.integration.real.deployment import Deployment
from tests.integration.real.role import Role
from tests.waiting import PATIENCE_S, wait_for


@pytest.fixture
def inside(service: Deployment, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """A look past every api, at the rows themselves."""
    for name, value in service.environ.items():
        monkeypatch.setenv(name, value)
    made = Service(service.open(), Settings(os.environ))
    yield made
    made.ports.close()


class Search:
    """A job that two workers share."""

    def __init__(self, inside: Service, client: Client, job: Job, roles: tuple[Role, Role]) -> None:
        self.inside = inside
        self.client = client
        self.job = job
        self.roles = roles
        self.ref = TaskRef("train", client.me().id, job.id)

    @property
    def task_state(self) -> TaskState:
        task_state = self.inside.work.state(self.ref)
        assert task_state is not None
        return task_state

    @property
    def trials(self) -> list[TrialRow]:
        start = rows.prefix("trial", self.ref.user_id, self.ref.id)
        return [rows.load(TrialRow, row.value) for row in rows.scan_all(self.inside.ports.tables, start)]

    def members(self) -> set[str]:
        """Who sits there now."""
        slots = HelperSlots(self.inside.ports.tables, self.ref).occupied()
        return {rows.load(TaskState, raw).owner for raw in slots.values()}

    def helped(self) -> int:
        """Trials that those who help have finished."""
        return sum(bool(trial.helper_id) and trial.state == "complete" for trial in self.trials)

    def role(self, *, leads: bool) -> Role:
        """The process that leads, or the other."""
        owner = self.task_state.owner
        return next(role for role in self.roles if role.process and (f"-{role.process.pid}-" in owner) == leads)


@pytest.fixture
def budget_s() -> int:
    """Much more than is needed: a test ends the search when it has seen enough."""
    return 600


@pytest.fixture
def search(service: Deployment, grace: Client, dataset: Dataset, inside: Service, budget_s: int) -> Iterator[Search]:
    """In the middle of its work."""
    service.train_b.start()
    job = grace.train(dataset, "smoker", budget_s, models=["linear", "lightgbm"], parallelism=2)
    made = Search(inside, grace, job, (service.train, service.train_b))
    wait_for(lambda: made.helped() >= 2)
    yield made
    if service.train_b.process is not None:
        service.train_b.stop()
    if service.train.process is None:
        started = service.train.said("worker.started")
        service.train.start()
        wait_for(lambda: service.train.said("worker.started") > started)  # Before that it cannot be told to go.


def assert_it_ends_well(search: Search, attempts: int) -> None:
    """Have it end, unless its time is over, and look at what it leaves."""
    with suppress(Conflict):  # It has ended.
        search.client.stop(search.job)
    done = search.client.wait(search.job, timeout_s=PATIENCE_S)
    assert (done.state, done.attempt) == ("succeeded", attempts)
    assert not search.members()
    numbers = [event.data["number"] for event in search.client.events(search.job) if event.kind == "trial"]
    assert len(numbers) == len(set(numbers))
    numbers = [trial.number for trial in search.trials]
    assert numbers == list(range(len(numbers)))


@pytest.mark.long
@pytest.mark.parametrize("budget_s", [40])
def test_two_workers_share_a_search_until_its_time_is_over(search: Search) -> None:
    wait_for(lambda: search.client.job(search.job).state != "running")
    assert_it_ends_well(search, 1)
    on_board = {entry.name for entry in search.client.model(str(search.client.job(search.job).model_id)).leaderboard}
    assert {f"{trial.model}-{trial.number}" for trial in search.trials if trial.helper_id} & on_board
    assert_nothing_ran_twice(search)


def assert_nothing_ran_twice(search: Search) -> None:
    ran = [(trial.model, sorted(trial.params.items())) for trial in search.trials]
    assert all(ran.count(each) == 1 for each in ran)


@pytest.mark.long
def test_nobody_waits_for_a_helper_that_is_killed(search: Search) -> None:
    (member,) = search.members()
    search.role(leads=False).kill()
    wait_for(lambda: not search.members())
    wait_for(lambda: all(trial.state != "running" for trial in search.trials if trial.helper_id == member))
    assert_it_ends_well(search, 1)


@pytest.mark.long
def test_the_lead_goes_on_when_its_worker_is_killed(search: Search) -> None:
    finished = {trial.number: trial.score for trial in search.trials if trial.state == "complete"}
    search.role(leads=True).kill()
    wait_for(lambda: search.task_state.epoch == 2)
    assert f"-{search.role(leads=True).process.pid}-" in search.task_state.owner  # type: ignore[union-attr]
    wait_for(lambda: sum(trial.state == "complete" for trial in search.trials) > len(finished))
    assert_it_ends_well(search, 2)
    kept = {trial.number: trial.score for trial in search.trials}
    assert all(kept[number] == score for number, score in finished.items())


@pytest.mark.long
def test_one_that_comes_later_is_invited_too(search: Search, service: Deployment) -> None:
    (before,) = search.members()
    role = search.role(leads=False)
    role.kill()
    wait_for(lambda: not search.members())
    role.start()
    wait_for(lambda: search.members() - {before})
    assert_it_ends_well(search, 1)


def test_a_search_that_is_stopped_keeps_what_all_have_found(search: Search) -> None:
    assert_it_ends_well(search, 1)
    assert_nothing_ran_twice(search)


@pytest.mark.long
def test_a_search_that_is_cancelled_is_left_by_all(search: Search) -> None:
    search.client.cancel(search.job)
    wait_for(lambda: search.client.job(search.job).state == "cancelled" and not search.members())
