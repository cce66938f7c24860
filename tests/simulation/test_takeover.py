"""How soon what a killed worker held runs again, however much waits: in virtual time, over many seeds."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.domain.records import TaskRef, TaskState
from tests.simulation.run_scenario import Play
from tests.simulation.users import User
from tests.simulation.world import Role, World

SEEDS = 60
WAITING_JOBS = 12
REACH_S = 10.0


class Backlog(Play):
    """Many jobs, two workers, and one of them killed at its work."""

    def __init__(self, seed: int, folder: Path) -> None:
        world = World(seed, folder, ends={"well": 1})
        super().__init__(world, [User(world, "user")])

    def run(self) -> float:
        """Seconds from the kill to the job running again."""
        (user,) = self.users
        world = self.world
        try:
            self.act(lambda: self._ask(user))
            while not self.tasks[0].done:
                self.go_on(1.0)
            self.go_on(world.scheduler.random.random() * 10.0)
            while not (at_work := self._at_work(user)):
                self.go_on(0.1)
            role, id = at_work
            before, killed_at_s = self._task_state(user, id), world.scheduler.now_s
            world.kill(role)
            while self._task_state(user, id).epoch == before.epoch:
                self.go_on(0.1)
            return world.scheduler.now_s - killed_at_s
        finally:
            self.close()

    def _ask(self, user: User) -> None:
        dataset = user.upload("upload")
        for number in range(WAITING_JOBS):
            user.train(dataset, f"job-{number}")

    def _at_work(self, user: User) -> tuple[Role, str] | None:
        """A worker in the middle of a training, and its job."""
        for child in self.world.ends.children:
            tag = child.tag
            for role in self.world.roles:
                if child.alive and len(child.script) > 2 and child.process is role.process and tag:
                    return role, user.jobs[tag.split()[1]]
        return None

    def _task_state(self, user: User, id: str) -> TaskState:
        task_state = self.world.direct.work.state(TaskRef("train", user.id, id))
        assert task_state is not None
        return task_state


@pytest.fixture(scope="module")
def pauses_s(tmp_path_factory: pytest.TempPathFactory) -> list[float]:
    folder = tmp_path_factory.mktemp("takeovers")
    return sorted(Backlog(seed, folder).run() for seed in range(SEEDS))


def test_what_was_lost_does_not_queue_behind_what_waits(pauses_s: list[float]) -> None:
    assert pauses_s[int(0.95 * SEEDS)] <= REACH_S, pauses_s
