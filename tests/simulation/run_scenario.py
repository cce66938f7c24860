"""A world, its users, and how it must look when the worst is over."""

from __future__ import annotations

from collections.abc import Callable, Collection

from core.domain import states
from core.domain.ids import now
from core.domain.users import User as Account
from core.storage import rows
from tests.simulation.scheduler import Process, Task
from tests.simulation.threads import SimulatedTime
from tests.simulation.users import User
from tests.simulation.watcher import check_history, check_job, check_nothing_left, check_predictions
from tests.simulation.world import World

CALM_S = 240.0


class Play:
    """Users' doings in a world. `blows` counts what may cost a piece of work an attempt."""

    def __init__(self, world: World, users: Collection[User]) -> None:
        self.world = world
        self.users = users
        self.process = Process("users")
        self.tasks: list[Task] = []
        self.injector = 0
        for user in users:
            world.tables.put(rows.key("user", user.id), rows.dump(Account(user.id, user.id, now())))

    def act(self, doing: Callable[[], None]) -> Task:
        """Have something done from outside, beside everything else."""
        self.tasks.append(task := self.world.scheduler.spawn(self.process, doing))
        return task

    def walk(self, doing: Callable[[], None]) -> dict[str, int]:
        """Have something done from outside, to its end; how many port calls each process has made by then."""
        task = self.act(doing)
        while not task.done:
            self.go_on(1.0)
        return dict(self.world.weather.calls)

    def go_on(self, seconds: float) -> None:
        """Let time pass; raises what no code should have raised."""
        self.world.scheduler.sleep(seconds)
        self.world.tend()
        if self.world.scheduler.failures:
            raise self.world.scheduler.failures[0]

    def calm(self) -> None:
        """Nothing goes wrong any more: wait until nothing is left to do, then for the last sweep."""
        world, scheduler = self.world, self.world.scheduler
        world.weather.clear()
        for role in world.roles:
            role.process.stopped_until_s = 0.0
        until_s = scheduler.now_s + CALM_S
        while scheduler.now_s < until_s and not self._idle():
            self.go_on(1.0)
        for role in world.roles:
            world.kill(role)
        scheduler.sleep(2 * world.settings.orphan_age_s)  # By the clock of whoever announced them, too.
        sweeper = world.direct.make_sweeper(SimulatedTime.monotonic)
        for _ in range(5):  # An endpoint goes first, then its log.
            sweeper.sweep()
            scheduler.sleep(world.settings.lease_s + 60.0)

    def close(self) -> None:
        """End every thread."""
        self.process.alive = False
        self.world.close()

    def _idle(self) -> bool:
        tables = self.world.tables
        unfinished = ("active#", "activerun#", "outbox#")
        return all(task.done for task in self.tasks) and not any(tables.scan(kind, 1) for kind in unfinished)

    def check(self) -> None:
        """Everything promised was kept, and nothing else is there."""
        for user in self.users:
            self._check(user)
        check_nothing_left(self.world.tables, self.world.blobs)

    def _check(self, user: User) -> None:
        tables = self.world.tables
        promised = set(user.jobs.values())
        found = {row.key.rsplit("#", 1)[1] for row in tables.scan(f"job#{user.id}#")}
        assert found <= promised, f"jobs that nobody asked for, or twice: {found - promised}"
        assert promised - user.deleted <= found, f"lost: {promised - user.deleted - found}"
        for id in found:
            self._check_end(user, id)
        check_history(self.world.direct, user.id, found)
        check_predictions(self.world.direct, user.id, set(user.predictions) - user.deleted)
        assert len(tables.scan(f"dataset#{user.id}#")) <= len(user.datasets), "an upload twice"

    def _check_end(self, user: User, id: str) -> None:
        """It ended as it did for a reason that there was."""
        task_state = check_job(self.world.direct, user.id, id, user.deleted)
        if task_state.state == states.CANCELLED:
            assert states.CANCEL in user.stop_requests.get(id, ()), f"{id} was cancelled, and nobody wished it"
        if task_state.state != states.FAILED:
            return
        assert task_state.error is not None
        key = next(key for key, job in user.jobs.items() if job == id)
        ends = self.world.ends.of(f"{user.id} {key}")
        injector = self.injector + sum(self.world.weather.crashes.values()) + sum(ends.values()) - ends["well"]
        causes = {
            "REFUSED": ends["refused"] > 0,
            "TRAINING_CRASHED": ends["crashed"] + ends["hung"] >= 2,
            "OUT_OF_MEMORY": ends["memory"] + ends["killed"] >= 2,
            "WORKER_LOST": injector >= self.world.settings.max_attempts,
            "DEAD_LETTER": any(id in body.decode() for body in self.world.broker.died),
        }
        assert causes.get(task_state.error["reason"]), (
            f"{id} failed without cause: {task_state.error}, {dict(ends)}, {injector}"
        )
