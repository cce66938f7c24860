"""Promotions, rollbacks and registrations by many processes that crash, over tables that fail: the log stays whole.

After every single write of the endpoint's row it is looked at: no gap, each line follows from the one before, the last
is the state. And all that was answered is in it, once.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from backends.retry import RetryingTables
from core.domain.endpoints import Decision, NewVersion, Traffic
from core.domain.ids import now
from core.domain.records import Model
from core.domain.users import User
from core.errors import RequestError, Unavailable
from core.ports import Ports, Tables
from core.service import Service
from core.settings import Settings
from core.storage import rows
from tests.simulation.faults import ANSWER_LOST, CRASH_AFTER, CRASH_BEFORE, REFUSED, FaultPlan, FaultyPort, FaultyTables
from tests.simulation.memory import MemoryBlobs, MemoryQueue, MemoryTables
from tests.simulation.scheduler import Process, Scheduler
from tests.simulation.sweeps import FAULTS, calls_to_fail, thoroughly
from tests.simulation.threads import Stage
from tests.unit.core.endpoints.consistency import check_endpoint

USER, NAME = "ada", "income"
MODELS = 4
SUMMARY = {"task": "binary", "target": "t", "features": []}


class Stand:
    """One endpoint, its tables, and what goes wrong on the way to them."""

    def __init__(self, seed: int, *, watched: bool = True) -> None:
        self.scheduler = Stage.scheduler = Scheduler(seed)
        self.weather = FaultPlan()
        self.tables = MemoryTables(self._look if watched else lambda *_: None)
        self.settings = Settings({})
        self.direct = self._service(self.tables)
        self.tables.put(rows.key("user", USER), rows.dump(User(USER, USER, "")))
        for number in range(MODELS):
            model = Model(f"m{number}", USER, "job", "data", now(), f"{USER}/models/m{number}", 1, "", SUMMARY, True)
            self.tables.put(rows.key("model", USER, model.id), rows.dump(model))

    def _service(self, tables: Tables) -> Service:
        return Service(Ports(tables, MemoryBlobs(), MemoryQueue()), self.settings)  # type: ignore[arg-type]

    def process(self, name: str, retry_s: float = 0.0) -> tuple[Process, Service]:
        process = Process(name)
        tables: Tables = FaultyTables(FaultyPort(self.scheduler, self.weather, process), self.tables)
        return process, self._service(RetryingTables(tables, retry_s) if retry_s else tables)

    def _look(self, key: str, _: bytes | None, new: bytes | None) -> None:
        if key == rows.key("endpoint", USER, NAME) and new is not None:
            check_endpoint(self.tables, USER, NAME)

    def go_on(self) -> None:
        self.scheduler.sleep(1.0)
        if self.scheduler.failures:
            raise self.scheduler.failures[0]


def promote(service: Service, dice: Random, token: str) -> None:
    """One change of those that there are; its line says the token."""
    endpoints, decision = service.endpoints, Decision("user/ada", token)
    doing = dice.random()
    alias = dice.choice(["champion", "champion", "b", "c"])
    if doing < 0.6:
        endpoints.set_alias(USER, NAME, alias, dice.randint(1, 6), decision)
    elif doing < 0.7:
        endpoints.set_traffic(
            USER, NAME, Traffic({"b": dice.choice([0.1, 0.2])} if dice.random() < 0.7 else {}), decision
        )
    elif doing < 0.85:
        endpoints.rollback(USER, NAME, decision)
    else:
        endpoints.delete_alias(USER, NAME, alias, decision)


def maintain(service: Service, dice: Random) -> None:
    """What has no line in the log."""
    doing = dice.random()
    if doing < 0.4:
        new = NewVersion(f"m{dice.randrange(MODELS)}", "user/ada")
        service.versions.register(USER, NAME, new, force_signature=True)
    elif doing < 0.7:
        service.versions.delete(USER, NAME, dice.randint(1, 8))
    elif doing < 0.9:
        service.endpoints.patch(USER, NAME, {"note": str(dice.random())})
    else:
        service.eraser.model(USER, f"m{dice.randrange(MODELS)}")


@pytest.mark.parametrize("seed", range(30))
def test_promotions_by_many_processes_that_crash_leave_the_log_whole(seed: int) -> None:
    stand, dice = Stand(seed), Random(seed)
    stand.direct.endpoints.create(USER, NAME, "user/ada", model_id="m0")
    retry_s = dice.choice([0.0, 1.0])
    stand.weather.odds = {CRASH_BEFORE: 0.003, CRASH_AFTER: 0.003, REFUSED: 0.01, ANSWER_LOST: 0.03}
    answered: list[str] = []
    refused: list[str] = []

    def live(service: Service, name: str) -> None:
        for number in range(12):
            token = f"{name}-{number}"
            try:
                if dice.random() < 0.7:
                    promote(service, dice, token)
                    answered.append(token)
                else:
                    maintain(service, dice)
            except RequestError:
                refused.append(token)
            except Unavailable:
                pass  # It may have been done, or not.

    for life in range(3):
        tasks = []
        for number in range(6):
            process, service = stand.process(f"{life}-{number}", retry_s)
            tasks.append(stand.scheduler.spawn(process, lambda s=service, n=process.name: live(s, n)))  # type: ignore[misc]
        while not all(task.done for task in tasks):
            stand.go_on()
    lines = check_endpoint(stand.tables, USER, NAME)
    said = [line.why for line in lines[1:]]
    assert len(set(said)) == len(said)
    assert set(answered) <= set(said)
    assert not set(refused) & set(said)
    assert len(answered) > 10  # Of up to 216 that are begun: whoever crashes leaves the rest undone.


def delete_versions(service: Service, model_id: str) -> None:
    """All of the model: one that was registered, unheard, was registered again."""
    for version in service.versions.page(USER, NAME, 100).items:
        if version.model_id == model_id:
            service.versions.delete(USER, NAME, version.version)


STEPS: list[Callable[[Service, Decision], Any]] = [
    lambda service, by: service.endpoints.create(USER, NAME, by.by, model_id="m0"),
    lambda service, by: service.versions.register(USER, NAME, NewVersion("m1", by.by)),
    *[lambda service, by, number=number: service.endpoints.set_alias(USER, NAME, "champion", 1 + number % 2, by)
      for number in range(21)],
    lambda service, by: service.endpoints.set_alias(USER, NAME, "b", 1, by),
    lambda service, by: service.endpoints.set_traffic(USER, NAME, Traffic({"b": 0.1}), by),
    lambda service, by: service.endpoints.rollback(USER, NAME, by),
    lambda service, by: service.versions.register(USER, NAME, NewVersion("m2", by.by)),
    lambda service, _: delete_versions(service, "m2"),
    lambda service, _: service.eraser.model(USER, "m2"),
    lambda service, _: service.eraser.endpoint(USER, NAME),
    lambda service, by: service.endpoints.create(USER, NAME, by.by, model_id="m3"),
]  # fmt: skip
QUIET = range(4, 21)
"""Promotions of a tail that is neither empty nor full: like those before and after them."""


class Road:
    """All steps one after the other; a step that fails is tried again, as its user would."""

    def __init__(self, planned: dict[tuple[str, int], str]) -> None:
        self.stand = Stand(0, watched=False)
        self.stand.weather.planned = planned or {("nobody", 0): REFUSED}
        self.numbers: list[int] = []

    def run(self) -> None:
        at = 0
        while at < len(STEPS):
            process, service = self.stand.process("api")

            def walk(service: Service = service) -> None:
                nonlocal at
                while at < len(STEPS):
                    try:
                        STEPS[at](service, Decision("user/ada", str(at)))
                    except Unavailable:
                        continue
                    except RequestError:  # An earlier try did it, unheard.
                        pass
                    at += 1
                    self.numbers.append(self.stand.weather.calls["api"])

            task = self.stand.scheduler.spawn(process, walk)
            while not task.done:
                self.stand.go_on()

    def check(self) -> None:
        """What is left is the second endpoint, and nothing of the first."""
        for row in list(rows.scan_all(self.stand.tables, "erasure#")):
            self.stand.direct.eraser.resume(row.key)
        (line,) = check_endpoint(self.stand.tables, USER, NAME)
        assert (line.action, line.aliases) == ("endpoint.create", {"champion": 1})
        assert self.stand.direct.versions.get(USER, NAME, 1).model_id == "m3"
        kinds = ("endpoint", "version", "change", "erasure")
        assert [len(list(rows.scan_all(self.stand.tables, f"{kind}#"))) for kind in kinds] == [1, 1, 0, 0]
        assert self.stand.direct.models.find(USER, "m2") is None


@pytest.mark.parametrize("fault", FAULTS)
@thoroughly
def test_a_fault_at_any_call_leaves_nothing_half_done(fault: str, thorough: bool) -> None:
    quiet = Road({})
    quiet.run()
    quiet.check()
    first, last = quiet.numbers[QUIET[0]], quiet.numbers[QUIET[-1]]
    calls = [n for n in range(1, quiet.numbers[-1] + 1) if not first < n <= last]
    for number in calls_to_fail(calls, fault, thorough=thorough, every=1):
        road = Road({("api", number): fault})
        try:
            road.run()
            road.check()
        except AssertionError as exc:
            raise AssertionError(f"{fault} at call {number}: {exc}") from exc
