"""Runs that time starts, with one fault: at calls of each process, from the first minute to the end of the last guard.

The first run makes the champion; the second is compared with it and promoted by itself. Each minute has one run, each
run one job, one version and one change; the guard of each ends, once.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from core.domain.endpoints import Change
from core.domain.ids import derived_id
from core.domain.pipelines import PROMOTED
from core.domain.records import Json
from core.ports import Row
from core.storage import rows
from tests.simulation.faults import REFUSED
from tests.simulation.run_scenario import Play
from tests.simulation.sweeps import FAULTS, calls_to_fail, thoroughly
from tests.simulation.users import User
from tests.simulation.world import World

NAME = "income"
MINUTES = (5, 12)
UNTIL_S = 19 * 60.0
"""The guard of the second run looks for 5 minutes."""
TRIED = 2
"""Faults of one kind in one process, unless it is to be thorough."""


class Road(Play):
    """A pipeline that is made before the first minute, and left alone."""

    def __init__(self, folder: Path, planned: dict[tuple[str, int], str]) -> None:
        world = World(0, folder, train_workers=1, ends={"well": 1}, sweep_s=5.0, schedules=True)
        super().__init__(world, [User(world, "user")])
        world.weather.planned = planned or {("nobody", 0): REFUSED}
        self.began: dict[str, int] = {}
        self.pipeline_id = ""

    def run(self) -> dict[str, int]:
        """Walk it; how many port calls each process had made by the end of it."""
        (user,) = self.users
        try:
            self.act(lambda: self._walk(user))
            while not self.tasks[0].done or self.world.scheduler.now_s < UNTIL_S:
                self.go_on(1.0)
            calls = dict(self.world.weather.calls)
            self.calm()
            found = {row.key.rsplit("#", 1)[1]: rows.load_json(row.value) for row in self._rows("run")}
            user.jobs = {key: derived_id(run["id"], "train") for key, run in found.items()}
            assert list(found) == [f"t2026-01-01T00:{minute:02}Z" for minute in MINUTES]
            assert [(run["number"], run["state"]) for run in found.values()] == [(1, PROMOTED), (2, PROMOTED)]
            self.check()
            self._check_promotions(user)
        finally:
            self.close()
        return calls

    def _walk(self, user: User) -> None:
        dataset = user.upload("upload")
        job: Json = {"target": "y", "time_budget_s": 20, "tag": "user run", "parallelism": 1}
        said: Json = {
            "name": "Twice", "endpoint": NAME, "data": {"dataset_id": dataset.id}, "job": job, "promote": "auto",
            "when": [{"cron": f"{MINUTES[0]},{MINUTES[1]} 0 * * *", "timezone": "UTC", "missed": "once"}],
            "unless_unchanged": False, "overlap": "queue", "guard": {"rollback_if": ["errors"], "within": "5m"},
        }  # fmt: skip
        self.pipeline_id = user.retry(lambda service: service.pipelines.create(user.id, said, "twice")).id
        self.world.scheduler.sleep(MINUTES[0] * 60.0 - self.world.scheduler.now_s - 1.0)
        self.began = dict(self.world.weather.calls)

    def _rows(self, kind: str) -> list[Row]:
        (user,) = self.users
        return list(rows.scan_all(self.world.tables, f"{kind}#{user.id}#"))

    def _check_promotions(self, user: User) -> None:
        service = self.world.direct
        refs = [f"{self.pipeline_id}/{number}" for number in (1, 2)]
        versions = list(service.versions.all_of(service.endpoints.get(user.id, NAME)))
        assert [(each.version, each.run) for each in versions] == [(2, refs[1]), (1, refs[0])]
        changes: list[Change] = service.endpoints.changes(user.id, NAME, 10).items
        promoted = [(each.from_version, each.to_version, each.run) for each in changes if each.action == "alias.set"]
        assert promoted == [(1, 2, refs[1]), (None, 1, refs[0])]
        assert [each.action for each in changes[2:]] == ["endpoint.create"]
        assert len(self._rows("comparison")) == 1
        for number in (1, 2):
            run = service.runs.get(user.id, self.pipeline_id, number)
            assert [step["name"] for step in run.steps if step["name"] == "guard"] == ["guard"]
            assert run.why == "Nothing spoke against it within 5m."
        assert not self._rows("followup")
        assert {row.key.split("#")[2] for row in self.world.tables.scan("due#", 100)} <= {"pipeline", "monitor"}


def test_each_minute_has_its_run(tmp_path: Path) -> None:
    Road(tmp_path, {}).run()


@thoroughly
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("role", ["api", "profile", "train-0"])
def test_a_fault_at_any_call_changes_nothing_of_what_time_does(
    role: str, fault: str, thorough: bool, tmp_path: Path
) -> None:
    quiet = Road(tmp_path, {})
    last = quiet.run()[role]
    first = 1 + quiet.began.get(role, 0)
    every = max(1, (last - first) // (TRIED * len(FAULTS)))
    for number in calls_to_fail(range(first, last + 1), fault, thorough=thorough, every=every):
        try:
            Road(tmp_path, {(role, number): fault}).run()
        except AssertionError as exc:
            raise AssertionError(f"{fault} at call {number} of {role}: {exc}") from exc
