"""The log of an endpoint with one fault: at port calls of each process, from the first request to its deletion.

Requests and labels come, days and labels are put together, datasets are gathered, what was asked under a key is
forgotten, an endpoint goes while all of that is under way. No request is lost or doubled, each dataset has each that is
labelled once, and what was forgotten is nowhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from core.datasets.states import READY, UPLOADED
from core.domain.endpoints import Endpoint
from core.domain.ids import now
from core.domain.records import Dataset
from core.ports import Row
from core.requests.gatherings import GatherSpec
from core.requests.labels import Label
from tests.simulation.faults import REFUSED
from tests.simulation.request_log.kept import (
    ASKED,
    OLD_MS,
    Asked,
    blobs_with,
    gathered,
    is_put_together,
    kept_labels,
    kept_requests,
)
from tests.simulation.run_scenario import Play
from tests.simulation.sweeps import FAULTS, calls_to_fail, thoroughly
from tests.simulation.threads import BEGAN
from tests.simulation.users import User
from tests.simulation.world import World

EVERY = 50
"""Calls of which one meets a fault, where it is not to be thorough."""
NAME = "income"
PERSON, OTHER = "person-1", "person-2"
PATIENCE_S = 300.0
SETTLED_MS = 11 * 60 * 1000
"""Age of labels that are put together."""


class Road(Play):
    """The log of one endpoint, up to the end of it. `story` is what happens before."""

    def __init__(self, folder: Path, story: str, planned: dict[tuple[str, int], str]) -> None:
        world = World(0, folder, train_workers=0, ends={"well": 1}, sweep_s=5.0)
        super().__init__(world, [User(world, "user")])
        world.weather.planned = planned or {("nobody", 0): REFUSED}
        world.put_model("user", "m0", ASKED)
        self.story: Callable[[User, Endpoint], None] = getattr(self, f"_{story}")
        self.asked = Asked()
        self.began: dict[str, int] = {}
        self.endpoint_id = ""

    def run(self) -> dict[str, int]:
        """Walk it; how many port calls each process had made by the end of it."""
        (user,) = self.users
        try:
            calls = self.walk(lambda: self._walk(user))
            self.calm()
            self.check()
            self._check_left(user)
        finally:
            self.close()
        return calls

    def _walk(self, user: User) -> None:
        endpoint = user.retry(lambda service: service.endpoints.create(user.id, NAME, "user/ada", model_id="m0"))
        self.endpoint_id = endpoint.id
        self.world.scheduler.sleep(5.0)  # Until its model is exported.
        for name in ("s1", "s2"):
            self._ask(user, endpoint, name, OLD_MS, ("", PERSON, "k1", OTHER))
        self._ask(user, endpoint, "s3", self._now_ms(), ("", PERSON, "k2"))
        self.began = dict(self.world.weather.calls)
        self.story(user, endpoint)
        user.until_heard(lambda service: service.eraser.endpoint(user.id, NAME))

    def _gathering(self, user: User, endpoint: Endpoint) -> None:
        """A dataset is made of labelled requests while they are put together; another goes while it is made."""
        self._ask(user, endpoint, "s4", OLD_MS, ("k3", "k4"))
        first = self._gather(user, "g1")
        self._upkeep(user)
        self._check_gathered(self._wait_for(user, first))
        self._wait_until(lambda: is_put_together(self.world), "the day is not put together")
        self._check_log()
        second = self._gather(user, "g2")
        self.world.scheduler.sleep(8.0)  # The worker waits for the log first.
        self._delete_dataset(user, second, "g2")

    def _ending(self, user: User, endpoint: Endpoint) -> None:
        """The endpoint goes while a dataset is made of its requests, a key is forgotten and a day is put together."""
        last = self._gather(user, "g1")
        user.retry(lambda service: service.erasures.request(user.id, NAME, OTHER))
        self.act(lambda: self._upkeep(user))
        self.world.scheduler.sleep(8.0)
        user.until_heard(lambda service: service.eraser.endpoint(user.id, NAME))
        self._wait_for(user, last)

    def _forgetting(self, user: User, endpoint: Endpoint) -> None:
        """A key is forgotten while its requests are put together with others, and labels with labels."""
        self.act(lambda: self._upkeep(user))
        user.retry(lambda service: service.erasures.request(user.id, NAME, PERSON))
        self._ask(user, endpoint, "s4", OLD_MS, ("k3", "k4"))
        self._upkeep(user)
        tables, ids = self.world.tables, self.asked.forget(PERSON)
        self._wait_until(lambda: not tables.scan("forget#") and not tables.scan("active#forget#"), "not forgotten")
        rows_with = [key for key, value in tables.rows.items() if PERSON in key or PERSON.encode() in value]
        assert not rows_with, f"{PERSON} stands in {rows_with}"
        assert not blobs_with(self.world, PERSON), f"{PERSON} stands in {blobs_with(self.world, PERSON)}"
        self._wait_until(lambda: is_put_together(self.world), "the day is not put together")
        self._check_log()
        assert not ids & {label["id"] for label in kept_labels(self.world)}, "a label of what was forgotten is kept"
        self._check_gathered(self._wait_for(user, self._gather(user, "g1")))

    # -- what is done --

    def _ask(self, user: User, endpoint: Endpoint, name: str, at_ms: int, keys: Sequence[str]) -> None:
        """Have requests logged, and labels for all but the last of them: those with a key by it."""
        keys = [key or f"{name}-{place}" for place, key in enumerate(keys)]
        known = set(self.asked.keys)
        new = self.asked.segment(endpoint, name, at_ms, keys)
        user.retry(lambda service: service.requests.write(new))
        ids = [id for id in self.asked.keys if id not in known]
        for place, id in enumerate(ids[:-1]):
            value = "xz"[place % 2]
            self.asked.truth[id] = value
            user.retry(
                lambda service, id=id, value=value: service.labels.write(endpoint, [Label(id, None, value, now())])
            )

    def _upkeep(self, user: User) -> None:
        """What the sweeper does each minute, at once, and with labels as if they had come long ago."""

        def keep_up(service: Any) -> None:
            found: list[Row] = service.ports.tables.scan("endpoint#")
            service.retention.labels.run(found, self._now_ms() + SETTLED_MS)
            service.retention.request_logs.run()

        user.retry(keep_up)

    def _gather(self, user: User, key: str) -> str:
        spec = GatherSpec(name=key)
        user.datasets[key] = user.retry(lambda service: service.gatherings.create(user.id, NAME, spec, key))
        return user.datasets[key].id

    def _delete_dataset(self, user: User, id: str, key: str) -> None:
        while not user.until_heard(lambda service: service.eraser.dataset(user.id, id)):
            self.world.scheduler.sleep(1.0)  # Until nobody is at it.
        del user.datasets[key]

    # -- what is waited for --

    def _now_ms(self) -> int:
        return int(BEGAN.timestamp() * 1000) + int(self.world.scheduler.now_s * 1000)

    def _wait_for(self, user: User, id: str) -> Dataset:
        def is_done() -> bool:
            return bool(user.retry(lambda service: service.datasets.get(user.id, id)).state != UPLOADED)

        self._wait_until(is_done, f"dataset {id} waits for its rows")
        return self.world.direct.datasets.get(user.id, id)

    def _wait_until(self, is_done: Callable[[], bool], otherwise: str) -> None:
        deadline_s = self.world.scheduler.now_s + PATIENCE_S
        while not is_done():
            assert self.world.scheduler.now_s < deadline_s, otherwise
            self.world.scheduler.sleep(1.0)

    # -- what must be so --

    def _check_gathered(self, dataset: Dataset) -> None:
        """Each request with a label is in it, once, with that."""
        assert dataset.state == READY, dataset.error
        assert gathered(self.world, dataset) == sorted(self.asked.truth.items())

    def _check_log(self) -> None:
        """Each request is kept, once, and each label is there still."""
        assert kept_requests(self.world) == dict.fromkeys(self.asked.keys, 1)
        assert {(label["id"], label["label"]) for label in kept_labels(self.world)} == set(self.asked.truth.items())

    def _check_left(self, user: User) -> None:
        """Of the endpoint nothing is left, of the datasets what counts."""
        tables, blobs = self.world.tables, self.world.blobs.blobs
        kinds = ("endpoint", "version", "segment", "requestday", "labels", "forget", "compact", "intent", "monitor")
        kinds += tuple(f"control#{kind}" for kind in ("forget", "compact"))
        left = [key for key in tables.keys if key.startswith(tuple(f"{kind}#" for kind in kinds))]
        assert not left, f"left over: {left}"
        assert not [name for name in blobs if self.endpoint_id in name]
        assert not [key for key, value in tables.rows.items() if OTHER.encode() in value or PERSON.encode() in value]
        datasets = [self.world.direct.datasets.get(user.id, each.id) for each in user.datasets.values()]
        counted = {row.key.rsplit("#", 1)[1]: int(row.value) for row in tables.scan(f"stored_bytes#{user.id}#")}
        assert counted == {each.id: _held(each) for each in datasets}


def _held(dataset: Dataset) -> int:
    """The bytes of its files, which are one as long as it is not converted."""
    files = [{"blob": dataset.blob, "size_bytes": dataset.size_bytes}, dataset.original or {}]
    return sum({each["blob"]: int(each["size_bytes"]) for each in files}.values())


@pytest.fixture(scope="module", params=["gathering", "forgetting", "ending"])
def story(request: pytest.FixtureRequest) -> str:
    """What happens."""
    return str(request.param)


@pytest.fixture(scope="module")
def calls(story: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, range]:
    """Numbers of the calls of each process, where nothing goes wrong."""
    road = Road(tmp_path_factory.mktemp("quiet"), story, {})
    ends = road.run()
    return {role: range(road.began[role] + 1, ends[role] + 1) for role in ("api", "profile")}


@thoroughly
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("role", ["api", "profile"])
def test_a_fault_at_any_call_loses_and_doubles_no_request(
    story: str, role: str, fault: str, thorough: bool, calls: dict[str, range], tmp_path: Path
) -> None:
    assert len(calls[role]) > 2 * EVERY
    for number in calls_to_fail(calls[role], fault, thorough=thorough, every=EVERY):
        try:
            Road(tmp_path, story, {(role, number): fault}).run()
        except AssertionError as exc:
            raise AssertionError(f"{fault} at call {number} of {role}: {exc}") from exc
