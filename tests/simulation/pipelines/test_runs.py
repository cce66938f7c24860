"""Runs of a pipeline with one fault: at each port call of each process, one after the other.

Whatever dies, and wherever: each run ends as if nothing had been, once. One job is trained, one version registered, one
change made for it; a run that was cancelled leaves neither; of a pipeline that was deleted nothing is left.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.domain import states
from core.domain.endpoints import Change
from core.domain.ids import derived_id
from core.domain.pipelines import FINAL, Run, Trigger
from core.domain.records import Json
from core.service import Service
from core.storage import rows
from tests.simulation.faults import REFUSED
from tests.simulation.run_scenario import Play
from tests.simulation.sweeps import FAULTS, calls_to_fail, thoroughly
from tests.simulation.users import User
from tests.simulation.world import World

EVERY = 6
"""Calls of which one meets a fault, where it is not to be thorough."""
NAME = "income"
PATIENCE_S = 400.0
KINDS = ("pipeline", "run", "runnumber", "activerun", "runtask", "due#run")


class Road(Play):
    """A run that is approved, a run that is cancelled, and the end of their pipeline."""

    def __init__(self, folder: Path, planned: dict[tuple[str, int], str]) -> None:
        world = World(0, folder, train_workers=1, ends={"well": 1}, sweep_s=2.0)
        super().__init__(world, [User(world, "user")])
        world.weather.planned = planned or {("nobody", 0): REFUSED}
        self.began: dict[str, int] = {}
        self.ended: list[Run] = []
        self.pipeline_id = ""

    def run(self) -> dict[str, int]:
        """Walk it; how many port calls each process had made by the end of it."""
        (user,) = self.users
        try:
            calls = self.walk(lambda: self._walk(user))
            self.calm()
            if self.world.tables.get(rows.key("job", user.id, user.jobs["m2"])) is None:
                del user.jobs["m2"]  # The run was cancelled before it had asked for it.
            self.check()
            self._check_runs(user)
        finally:
            self.close()
        return calls

    def _walk(self, user: User) -> None:
        dataset = user.upload("upload")
        self.began = dict(self.world.weather.calls)
        job: Json = {"target": "y", "time_budget_s": 20, "tag": "user run", "parallelism": 1}
        said = {"name": "Weekly", "endpoint": NAME, "data": {"dataset_id": dataset.id}, "job": job}
        self.pipeline_id = user.retry(lambda service: service.pipelines.create(user.id, said, "weekly")).id
        first = self._start(user, "m1")
        self._wait(user, first, {"asking"})
        user.until_heard(lambda service: service.runs.approve(user.id, self.pipeline_id, 1, "user/ada", "good"))
        self.ended.append(self._wait(user, first, FINAL))
        second = self._start(user, "m2")
        self._wait(user, second, {"training"})
        user.stop_requests[derived_id(second.id, "train")] = {states.CANCEL}
        user.until_heard(lambda service: service.runs.cancel(user.id, self.pipeline_id, 2, "user/ada", "enough"))
        self.ended.append(self._wait(user, second, FINAL))
        user.until_heard(lambda service: service.pipeline_deletion.delete(user.id, self.pipeline_id, "user/ada"))

    def _start(self, user: User, key: str) -> Run:
        trigger = Trigger(key, "manual", "2026-01-01T00:00:00.000Z", {"words": "ada", "unless_unchanged": False})
        run: Run = user.retry(lambda service: service.runs.create(user.id, self.pipeline_id, trigger))
        user.jobs[key] = derived_id(run.id, "train")
        return run

    def _wait(self, user: User, run: Run, wanted: Any) -> Run:
        scheduler = self.world.scheduler
        deadline_s = scheduler.now_s + PATIENCE_S

        def look(service: Service) -> Run:
            found = service.runs.rows.read(user.id, run.pipeline_id, run.key)[1]
            assert found is not None, "the run is lost"
            return found

        while (found := user.retry(look)).state not in wanted:
            assert found.state not in FINAL, f"run {found.number} is {found.state}: {found.why}"
            assert scheduler.now_s < deadline_s, f"run {found.number} hangs: {found.state}, {found.why}"
            scheduler.sleep(2.0)
        result: Run = found
        return result

    def _check_runs(self, user: User) -> None:
        """Each ended once, with all that it says it did, and nothing else was done."""
        first, second = self.ended
        assert (first.state, second.state) == ("promoted", "cancelled")
        assert second.why == "Cancelled: enough"
        service, tables = self.world.direct, self.world.tables
        versions = list(service.versions.all_of(service.endpoints.get(user.id, NAME)))
        assert [(each.version, each.run) for each in versions] == [(1, first.ref)]
        changes: list[Change] = service.endpoints.changes(user.id, NAME, 10).items
        assert [(each.action, each.run) for each in changes] == [("alias.set", first.ref), ("endpoint.create", None)]
        told = [each for each in service.notifications.log.read(user.id, 0) if each.type.startswith("run.")]
        # One event may be told of twice, under one id. Whoever answers before anybody was told that the run asks is not
        # told so afterwards.
        ends = {each.id: (each.type, each.data["run"]) for each in told}
        assert sorted(set(ends.values()) - {("run.asking", 1)}) == [("run.cancelled", 2), ("run.promoted", 1)]
        assert len(set(ends.values())) == len(ends)
        left = [key for key in tables.keys if key.startswith(tuple(f"{kind}#" for kind in KINDS))]
        left += [row.key for row in rows.scan_all(tables, "due#") if "#run#" in row.key]
        assert not left, f"left over: {left}"


def test_the_road_without_a_fault(tmp_path: Path) -> None:
    road = Road(tmp_path, {})
    calls = road.run()
    assert all(calls[role] > road.began.get(role, 0) for role in ("api", "train-0"))


@thoroughly
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("role", ["api", "profile", "train-0"])
def test_a_fault_at_any_call_changes_nothing_of_how_runs_end(
    role: str, fault: str, thorough: bool, tmp_path: Path
) -> None:
    quiet = Road(tmp_path, {})
    last = quiet.run()[role]
    first = 1 + quiet.began.get(role, 0)
    for number in calls_to_fail(range(first, last + 1), fault, thorough=thorough, every=EVERY):
        try:
            Road(tmp_path, {(role, number): fault}).run()
        except AssertionError as exc:
            raise AssertionError(f"{fault} at call {number} of {role}: {exc}") from exc
