"""Evaluations and comparisons with one fault: at port calls of each process, to the last deletion.

Each that is left ends once and is whole; of each that was deleted, by itself or with its model or dataset while a
worker was at it, nothing is left.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from core.domain.evaluations import NewEvaluation
from core.domain.records import Json
from core.domain.states import FINAL, SUCCEEDED
from core.evaluations.measurements import REPORT, RESULT
from core.history.activity_log import ActivityEntry
from core.storage import rows
from tests.simulation.faults import REFUSED
from tests.simulation.played_search import SUMMARY
from tests.simulation.run_scenario import Play
from tests.simulation.sweeps import FAULTS, calls_to_fail, thoroughly
from tests.simulation.users import User
from tests.simulation.world import World

EVERY = 40
"""Calls of which one meets a fault, where it is not to be thorough."""
MODELS = ("m0", "m1", "m2")
PATIENCE_S = 200.0
AT_WORK_S = 0.8
"""Until a worker is at what was asked for, as a rule."""
HISTORY = ("activity#", "dedup#", "idempotency#", "notification#", "notified#")
"""Kinds of rows that tell of what there was."""


class Road(Play):
    """An evaluation and a comparison that are kept, and others that go by each of the three ways."""

    def __init__(self, folder: Path, planned: dict[tuple[str, int], str]) -> None:
        world = World(0, folder, train_workers=0, ends={"well": 1}, sweep_s=2.0)
        super().__init__(world, [User(world, "user")])
        world.weather.planned = planned or {("nobody", 0): REFUSED}
        for model in MODELS:
            world.put_model("user", model, SUMMARY)
        self.began: dict[str, int] = {}
        self.kept: dict[str, str] = {}
        """Ids by nouns."""
        self.gone = ["m2"]

    def run(self) -> dict[str, int]:
        """Walk it; how many port calls each process had made by the end of it."""
        (user,) = self.users
        try:
            calls = self.walk(lambda: self._walk(user))
            self.calm()
            self.check()
            self._check_kept(user)
            self._check_gone(user)
        finally:
            self.close()
        return calls

    def _walk(self, user: User) -> None:
        kept, other = user.upload("kept").id, user.upload("other").id
        self.began = dict(self.world.weather.calls)
        self.kept["evaluation"] = self._evaluate(user, "m0", kept, "1")
        self.kept["comparison"] = self._compare(user, "m0", "m1", kept, "1")
        for noun, id in self.kept.items():
            self._wait(user, noun, id)
        self._drop(user, self._evaluate(user, "m0", kept, "2"), "evaluation")
        self._drop(user, self._compare(user, "m1", "m0", kept, "2"), "comparison")
        self.gone += [self._evaluate(user, "m2", kept, "3"), self._compare(user, "m2", "m0", kept, "3")]
        self.world.scheduler.sleep(AT_WORK_S)
        user.until_heard(lambda service: service.eraser.model(user.id, "m2"))
        self.gone += [other, self._evaluate(user, "m1", other, "4"), self._compare(user, "m0", "m1", other, "4")]
        self.world.scheduler.sleep(AT_WORK_S)
        while not user.until_heard(lambda service: service.eraser.dataset(user.id, other)):
            self.world.scheduler.sleep(1.0)  # Until nobody is at it.
        del user.datasets["other"]

    def _evaluate(self, user: User, model: str, dataset: str, key: str) -> str:
        new = NewEvaluation(dataset, model)
        return str(user.retry(lambda service: service.evaluations.submit(user.id, new, key)).record.id)

    def _compare(self, user: User, first: str, second: str, dataset: str, key: str) -> str:
        said: Json = {"models": [first, second], "versions": [], "dataset_id": dataset, "name": None, "metric": "auto"}
        return str(user.retry(lambda service: service.comparisons.submit(user.id, said, key)).record.id)

    def _drop(self, user: User, id: str, noun: str) -> None:
        """Delete a measurement while a worker is at it."""
        self.gone.append(id)
        self.world.scheduler.sleep(AT_WORK_S)
        user.until_heard(lambda service: getattr(service, f"{noun}s").delete(user.id, id))

    def _wait(self, user: User, noun: str, id: str) -> None:
        scheduler = self.world.scheduler
        deadline_s = scheduler.now_s + PATIENCE_S
        while True:
            view = user.retry(lambda service: getattr(service, f"{noun}s").get(user.id, id))
            if view.task_state.state in FINAL:
                assert view.task_state.state == SUCCEEDED, f"{noun}: {view.task_state.error}"
                return
            assert scheduler.now_s < deadline_s, f"the {noun} hangs: {view.task_state}"
            scheduler.sleep(1.0)

    def _check_kept(self, user: User) -> None:
        """They are whole, and told of once."""
        service, tables = self.world.direct, self.world.tables
        told = [each for each in service.notifications.log.read(user.id, 0) if each.type.startswith("evaluation.")]
        lines = [rows.load(ActivityEntry, row.value) for row in tables.scan(f"activity#{user.id}#")]
        ends = Counter(line.subject for line in lines if line.subject.startswith(tuple(self.kept)))
        assert set(ends.values()) == {1}, f"an end is twice in the history: {ends}"
        told_of = Counter(each.data["evaluation_id"] for each in {each.id: each for each in told}.values())
        assert told_of[self.kept["evaluation"]] == 1
        assert set(told_of) <= {self.kept["evaluation"], *self.gone}
        for noun, id in self.kept.items():
            assert [row.key for row in tables.scan(f"{noun}#{user.id}#")] == [f"{noun}#{user.id}#{id}"]
            assert f"{noun}/{id}" in ends
            result = getattr(service, f"{noun}s").get(user.id, id).task_state.result
            for name in (RESULT, REPORT):
                info = self.world.blobs.stat(result[name]["blob"])
                assert info is not None
                assert (info.size_bytes, info.sha256) == (result[name]["size_bytes"], result[name]["sha256"])

    def _check_gone(self, user: User) -> None:
        """No row of what was deleted is left, and what is left counts as it is."""
        tables = self.world.tables
        left = [key for key in tables.keys if any(id in key for id in self.gone) and not key.startswith(HISTORY)]
        assert not left, f"left over: {left}"
        intents = tables.scan("intent#")
        assert not intents, f"left over: {intents}"
        dataset = self.world.direct.datasets.get(user.id, user.datasets["kept"].id)
        counted = [(row.key.rsplit("#", 1)[1], int(row.value)) for row in tables.scan(f"stored_bytes#{user.id}#")]
        assert counted == [(dataset.id, dataset.size_bytes)]


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> dict[str, range]:
    """Numbers of the calls of each process, where nothing goes wrong."""
    road = Road(tmp_path_factory.mktemp("quiet"), {})
    ends = road.run()
    return {role: range(road.began[role] + 1, ends[role] + 1) for role in ("api", "profile")}


@thoroughly
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("role", ["api", "profile"])
def test_a_fault_at_any_call_leaves_a_measurement_whole_or_absent(
    role: str, fault: str, thorough: bool, calls: dict[str, range], tmp_path: Path
) -> None:
    assert len(calls[role]) > 3 * EVERY
    for number in calls_to_fail(calls[role], fault, thorough=thorough, every=EVERY):
        try:
            Road(tmp_path, {(role, number): fault}).run()
        except AssertionError as exc:
            raise AssertionError(f"{fault} at call {number} of {role}: {exc}") from exc
