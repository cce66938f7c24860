"""An endpoint whose second version a run of a pipeline promotes, alarms, and a clock that tests move."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from core.domain.endpoints import CHAMPION, Change, Endpoint, Traffic
from core.domain.ids import derived_id, new_id, now, rfc3339
from core.domain.monitoring import Alarm
from core.domain.pipelines import PROMOTE, PROMOTED, Pipeline, Run
from core.endpoints.traffic import with_alias
from core.notifications.log import NotificationLog
from core.pipelines.followups.followup_rows import KIND, FollowUpRows
from core.pipelines.followups.followups import FollowUps
from core.pipelines.followups.objections import Objections
from core.pipelines.followups.report import FollowUpReport
from core.pipelines.run_rows import RunRows, run_key
from core.storage import rows
from core.storage.due_rows import due_until
from tests.unit.core.endpoints.conftest import Served

if TYPE_CHECKING:
    from tests.unit.core.conftest import World

GUARD = {"rollback_if": ["errors", "performance"], "within": "2d"}
THEN = {"champion_after": "2d", "if": "no alarm"}


class Promoted:
    """An endpoint whose second version a pipeline's run promotes, and a clock that tests move."""

    def __init__(self, world: World, *, champion: bool = True) -> None:
        self.served = Served(world)
        self.service = world.service
        self.tables = world.service.ports.tables
        self.user_id = world.user.id
        self.served.endpoint(3 if champion else 0)
        for _ in range(0 if champion else 2):
            self.served.version()
        self.passed = timedelta()
        self.follow_ups = FollowUps(
            FollowUpRows(self.tables), RunRows(self.tables), self.service.endpoints,
            Objections(self.service.monitoring),
            FollowUpReport(RunRows(self.tables), self.service.notifications), self.clock,
        )  # fmt: skip

    def clock(self) -> datetime:
        return datetime.now(UTC) + self.passed

    @property
    def endpoint(self) -> Endpoint:
        return self.service.endpoints.get(self.user_id, "income")

    def begin(self, alias: str = CHAMPION, **said: Any) -> Run:
        """Have the run begin what follows, before it promotes."""
        pipeline = Pipeline("p1", self.user_id, "Weekly", "income", "", "", **said)
        facts = {"endpoint_id": self.endpoint.id, "since_change": self.endpoint.seq, "version": 2}
        run = Run(
            new_id(), self.user_id, "p1", {"key": "m1", "kind": "manual", "why": {}}, now(), PROMOTED, number=7,
            settings=pipeline.settings(), facts=facts, ended_at=now(),
        )  # fmt: skip
        self.tables.put(run_key(self.user_id, "p1", "m1"), rows.dump(run))
        self.follow_ups.begin(run, pipeline, alias)
        return run

    def promote(self, alias: str = CHAMPION, **said: Any) -> Run:
        """Do what the promotion of a run does."""
        run = self.begin(alias, **said)
        split = {} if alias == CHAMPION else {alias: 0.1}

        def decide(endpoint: Endpoint) -> Change:
            return Change(
                0, now(), run.by, "alias.set", with_alias(endpoint, alias, 2), Traffic(split), alias=alias,
                from_version=endpoint.aliases.get(alias), to_version=2, run=run.ref,
            )  # fmt: skip

        self.service.endpoints.rows.change(self.user_id, "income", decide, id=derived_id(run.id, PROMOTE))
        return run

    def sweep(self, after: timedelta = timedelta(minutes=2), rounds: int = 3) -> None:
        """Look at all that is due by then, some times."""
        self.passed += after
        minute = rfc3339(self.clock())[:16]
        for _ in range(rounds):
            for due in list(due_until(self.tables, minute, {KIND})):
                self.follow_ups.fire(due)

    def alarm(self, kind: str = "realised", ago: timedelta = timedelta()) -> None:
        at = rfc3339(self.clock() + timedelta(seconds=1) - ago)  # After a promotion of this very moment.
        found = Alarm(new_id(), "income", self.user_id, self.endpoint.id, kind, at, at, 2, "Accuracy fell.")
        self.tables.put(rows.key("alarm", self.user_id, "income", found.id), rows.dump(found))

    def run(self) -> Run:
        found = RunRows(self.tables).read(self.user_id, "p1", "m1")[1]
        assert found is not None
        return found

    @property
    def told(self) -> list[str]:
        found = NotificationLog(self.tables).read(self.user_id, 0)
        return [each.type for each in found if each.type.startswith("run.")]

    @property
    def left(self) -> list[str]:
        found = [row.key for row in rows.scan_all(self.tables, f"{KIND}#")]
        return found + [due.kind for due in due_until(self.tables, "9999", {KIND})]


@pytest.fixture
def promoted(world: World) -> Promoted:
    return Promoted(world)
