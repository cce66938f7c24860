"""Whatever is done to an endpoint in whatever order: its log has no gap, is the state, and a rollback is exact."""

from __future__ import annotations

from contextlib import suppress
from types import SimpleNamespace
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from core.domain.endpoints import CHAMPION, Change, Traffic
from core.domain.users import User
from core.endpoints.traffic import served
from core.errors import Conflict, RequestError
from core.ports import Ports
from core.service import Service
from core.settings import Settings
from core.storage import rows
from tests.simulation.memory import MemoryBlobs, MemoryQueue, MemoryTables
from tests.unit.core.endpoints.conftest import BY, Served
from tests.unit.core.endpoints.consistency import check_endpoint

ALIASES = st.sampled_from([CHAMPION, CHAMPION, "b", "c"])
NUMBERS = st.integers(1, 6)


def served_in_memory() -> Served:
    tables = MemoryTables()
    user = User("ada", "ada", "")
    tables.put(rows.key("user", user.id), rows.dump(user))
    ports: Any = Ports(tables, MemoryBlobs(), MemoryQueue())  # type: ignore[arg-type]
    world: Any = SimpleNamespace(service=Service(ports, Settings({})), user=user)
    return Served(world)


class AnySequence(RuleBasedStateMachine):
    """One user, one endpoint, and a list of all that the log ever said."""

    @initialize(versions=st.integers(0, 3))
    def make(self, versions: int) -> None:
        self.served = served_in_memory()
        self.tables = self.served.service.ports.tables
        self.served.endpoint(versions)
        self.said: list[Change] = []

    @rule()
    def register(self) -> None:
        self.served.version()

    @rule(alias=ALIASES, number=NUMBERS)
    def set_alias(self, alias: str, number: int) -> None:
        with suppress(RequestError):
            self.served.promote(number, alias)
            assert self.served.aliases[alias] == number

    @rule(times=st.integers(1, 25))
    def promote_often(self, times: int) -> None:
        """Beyond what the tail holds."""
        for _ in range(times):
            with suppress(RequestError):
                self.served.promote(1)

    @rule(alias=ALIASES)
    def delete_alias(self, alias: str) -> None:
        with suppress(RequestError):
            self.served.service.endpoints.delete_alias(self.served.user_id, "income", alias, BY)

    @rule(split=st.dictionaries(ALIASES, st.floats(-0.1, 1.1), max_size=2), shadow=st.lists(ALIASES, max_size=2))
    def set_traffic(self, split: dict[str, float], shadow: list[str]) -> None:
        with suppress(RequestError):
            self.served.service.endpoints.set_traffic(self.served.user_id, "income", Traffic(split, "key", shadow), BY)

    @rule(number=NUMBERS)
    def delete_version(self, number: int) -> None:
        with suppress(RequestError):
            self.served.service.versions.delete(self.served.user_id, "income", number)

    @rule(number=NUMBERS)
    def delete_model(self, number: int) -> None:
        """One that is a version stays."""
        with suppress(RequestError):
            version = self.served.service.versions.get(self.served.user_id, "income", number)
            with suppress(Conflict):
                self.served.service.eraser.model(self.served.user_id, version.model_id)
            assert self.served.service.models.find(self.served.user_id, version.model_id) is not None

    @rule(note=st.text(max_size=3))
    def patch(self, note: str) -> None:
        self.served.service.endpoints.patch(self.served.user_id, "income", {"note": note})

    @rule()
    def roll_back(self) -> None:
        """To the state before the newest line after which requests were answered otherwise."""
        endpoint = self.served.service.endpoints.get(self.served.user_id, "income")
        answers = [served(line.aliases, line.traffic) for line in self.said]
        differing = [at for at in range(len(answers) - 1) if answers[at] != answers[at + 1]]
        expected = self.said[differing[-1]] if differing else None
        reason = ""
        try:
            after = self.served.service.endpoints.rollback(self.served.user_id, "income", BY)
        except Conflict as error:
            reason, after = error.reason, self.served.service.endpoints.get(self.served.user_id, "income")
        if expected is None or CHAMPION not in expected.aliases:
            assert (reason, after) == ("NOTHING_TO_ROLL_BACK", endpoint)
        elif reason:
            assert (reason, after) == ("VERSION_GONE", endpoint)
        else:
            left_out = self.newest().figures.get("left_out", {})
            assert {**after.aliases, **left_out} == expected.aliases
            assert (after.traffic.split, after.traffic.sticky) == (expected.traffic.split, expected.traffic.sticky)
            assert [alias for alias in expected.traffic.shadow if alias not in left_out] == after.traffic.shadow

    @rule(data=st.data())
    def roll_back_to(self, data: st.DataObject) -> None:
        target = data.draw(st.sampled_from(self.said))
        with suppress(RequestError):
            after = self.served.service.endpoints.rollback(self.served.user_id, "income", BY, target.seq)
            assert {**after.aliases, **self.newest().figures.get("left_out", {})} == target.aliases

    def newest(self) -> Change:
        return self.served.service.endpoints.changes(self.served.user_id, "income", 1).items[0]

    @invariant()
    def the_log_is_whole_and_only_grows(self) -> None:
        lines = check_endpoint(self.tables, self.served.user_id, "income")
        assert lines[: len(self.said)] == self.said
        self.said = lines


TestAnySequence = AnySequence.TestCase
TestAnySequence.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
