"""One upload, one training, one prediction, and one fault: at each port call of each process, one after the other."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.domain import states
from core.domain.trainings import TrialRow
from core.errors import RequestError
from core.storage import rows
from tests.simulation.faults import REFUSED
from tests.simulation.played_search import CSV
from tests.simulation.run_scenario import Play
from tests.simulation.sweeps import FAULTS, calls_to_fail, thoroughly
from tests.simulation.users import WORKBOOK, User
from tests.simulation.world import World

EVERY = 3
"""Calls of which one meets a fault, where it is not to be thorough."""


class Road(Play):
    """The main road, from the upload to deleting everything but the dataset."""

    def __init__(self, folder: Path, planned: dict[tuple[str, int], str], workers: int = 1, file: bytes = CSV) -> None:
        world = World(0, folder, train_workers=workers, ends={"well": 1}, sweep_s=2.0)
        super().__init__(world, [User(world, "user")])
        world.weather.planned = planned or {("nobody", 0): REFUSED}
        self.workers = workers
        self.file = file

    def run(self) -> dict[str, int]:
        """Walk it; how many port calls each process made until the user had gone."""
        (user,) = self.users
        try:
            calls = self.walk(lambda: self._walk(user))
            self.calm()
            self.check()
            (job,) = user.jobs.values()
            task_state = self.world.direct.jobs.view(self.world.direct.jobs.get(user.id, job)).task_state
            assert task_state.state == states.SUCCEEDED
        finally:
            self.close()
        return calls

    def _walk(self, user: User) -> None:
        dataset = user.upload("upload", self.file)
        model = user.wait_for_model(user.train(dataset, "job", parallelism=self.workers))
        assert model is not None
        prediction = user.predict(model, dataset)
        self.world.scheduler.sleep(3.0)
        if self.file == WORKBOOK:
            user.choose_sheet(dataset, "B")
            self.world.scheduler.sleep(3.0)
        for doing in (lambda: user.delete_prediction(prediction), lambda: user.delete_model(model)):
            try:
                doing()
            except RequestError:  # An earlier try did it, unheard.
                continue


@thoroughly
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize(
    ("role", "workers"), [("api", 1), ("profile", 1), ("train-0", 1), ("train-0", 2), ("train-1", 2)]
)
def test_a_fault_at_any_call_loses_nothing(role: str, workers: int, fault: str, thorough: bool, tmp_path: Path) -> None:
    quiet = Road(tmp_path, {}, workers).run()
    for number in calls_to_fail(range(1, quiet[role] + 1), fault, thorough=thorough, every=EVERY):
        try:
            Road(tmp_path, {(role, number): fault}, workers).run()
        except AssertionError as exc:
            raise AssertionError(f"{fault} at call {number} of {role}: {exc}") from exc


@thoroughly
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("role", ["api", "profile"])
def test_a_fault_at_any_call_of_a_conversion_loses_nothing(
    role: str, fault: str, thorough: bool, tmp_path: Path
) -> None:
    quiet = Road(tmp_path, {}, file=WORKBOOK).run()
    for number in calls_to_fail(range(1, quiet[role] + 1), fault, thorough=thorough, every=EVERY):
        road = Road(tmp_path, {(role, number): fault}, file=WORKBOOK)
        try:
            road.run()
            check_converted(road)
        except AssertionError as exc:
            raise AssertionError(f"{fault} at call {number} of {role}: {exc}") from exc


def check_converted(road: Road) -> None:
    """The CSV of the sheet that was chosen last stands, and counts with its original."""
    (user,), tables = road.users, road.world.tables
    dataset = road.world.direct.datasets.get(user.id, user.datasets["upload"].id)
    assert (dataset.state, dataset.is_converted, dataset.original is not None) == ("ready", True, True)
    held = dataset.size_bytes + (dataset.original or {})["size_bytes"]
    assert int(tables.rows[f"stored_bytes#{user.id}#{dataset.id}"]) == held


def test_both_of_two_workers_have_a_part_in_the_search(tmp_path: Path) -> None:
    road = Road(tmp_path, {}, 2)
    road.run()
    keys = [key for key in road.world.tables.keys if key.startswith("trial#")]
    assert len({rows.load(TrialRow, road.world.tables.rows[key]).helper_id for key in keys}) == 2
