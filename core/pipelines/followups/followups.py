"""After a promotion: it is rolled back if something speaks against it, and a challenger becomes champion in time.

Each has one `due` row. Whoever sweeps looks, writes down what is decided, and does it the next time it looks: a crash
anywhere repeats what is there, under ids derived from the run's, so that nothing is done twice. What a person has
changed since is left as it is: a change is made only on top of the promotion itself, by one check-and-mutate.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import takewhile

from core.domain.endpoints import CHAMPION, Change, Decision, Endpoint
from core.domain.ids import derived_id, now, rfc3339
from core.domain.pipelines import PROMOTE, Pipeline, Run
from core.domain.records import Json
from core.endpoints.endpoints import Endpoints
from core.endpoints.traffic import with_alias
from core.errors import Conflict, NotFound, PreconditionFailed
from core.pipelines.followups.followup_rows import FollowUp, FollowUpRows
from core.pipelines.followups.guard import end_of
from core.pipelines.followups.objections import Objections
from core.pipelines.followups.report import FollowUpReport
from core.pipelines.run_rows import RunRows
from core.storage import due_rows
from core.storage.due_rows import Due, minute_of

ROLLBACK, THEN = "rollback", "then"
PAUSE = timedelta(minutes=1)


def wall_clock() -> datetime:
    """Return the present time."""
    return datetime.fromisoformat(now())


class FollowUps:
    """Does what follows promotions."""

    def __init__(
        self, follow_ups: FollowUpRows, runs: RunRows, endpoints: Endpoints, objections: Objections,
        report: FollowUpReport, clock: Callable[[], datetime] = wall_clock,
    ) -> None:  # fmt: skip
        self.rows = follow_ups
        self.tables = follow_ups.tables
        self.runs = runs
        self.endpoints = endpoints
        self.objections = objections
        self.report = report
        self.clock = clock

    def begin(self, run: Run, pipeline: Pipeline, alias: str) -> None:
        """Have a promotion followed, which is about to be made. May be called twice."""
        then = pipeline.then if alias != CHAMPION else None
        if pipeline.guard is None and then is None:
            return
        self.rows.create(
            FollowUp(
                run.id, run.user_id, run.pipeline_id, run.key, run.number, run.by, pipeline.endpoint,
                run.facts["endpoint_id"], run.facts["since_change"], derived_id(run.id, PROMOTE), run.facts["version"],
                alias, minute_of(rfc3339(self.clock().astimezone(UTC) + PAUSE)), pipeline.guard, then,
                notify=list(pipeline.notify),
            )
        )  # fmt: skip

    def fire(self, due: Due) -> None:
        """Look at what a `due` row leads to; one that leads to nothing is deleted."""
        raw, found = self.rows.find(due)
        if raw is None or found is None:
            due_rows.delete(self.tables, due)
            return
        after = self._look(found)
        if after is None:
            self.rows.delete(found)
        else:
            self.rows.write(after, raw, due)

    def _look(self, found: FollowUp) -> FollowUp | None:
        """Return it as it is once it was looked at, None where nothing is left to be done."""
        endpoint = self.endpoints.find(found.user_id, found.endpoint)
        if endpoint is None or endpoint.id != found.endpoint_id:
            return None
        newer = list(takewhile(lambda each: each.seq > found.since, self.endpoints.log.newest_first(endpoint)))
        promotion = next((each for each in newer if each.id == found.change_id), None)
        if promotion is None:
            run = self.runs.read(found.user_id, found.pipeline_id, found.key)[1]
            return None if run is None or run.is_over else self._later(found)
        later = [each for each in newer if each.seq > promotion.seq]
        others = [each for each in later if each.by != found.by]
        has_landed = found.decided is not None and len(others) < len(later)
        if others and not has_landed:
            self._give_up(found, f"{others[-1].by} has changed the endpoint since: change {others[-1].seq}.")
            return None
        if found.decided is not None:
            return self._do(found, endpoint, promotion)
        return self._judge(found, endpoint, promotion)

    def _judge(self, found: FollowUp, endpoint: Endpoint, promotion: Change) -> FollowUp | None:
        at = self.clock()
        if found.guard is not None:
            # Looked at before its end is: what speaks against it until then counts, however late it is looked at.
            objection = self.objections.find(endpoint, found.guard["rollback_if"], promotion.at, at)
            if objection is not None:
                return self._decided(found, ROLLBACK, objection.why, objection.figures)
            if at >= end_of(found.guard["within"], promotion.at):
                self.report.say(found, "guard", f"Nothing spoke against it within {found.guard['within']}.")
                return self._judge(replace(found, guard=None), endpoint, promotion)
        if found.then is None:
            return None if found.guard is None else self._later(found)
        due_at = end_of(found.then["champion_after"], promotion.at)
        if at < due_at:
            return self._later(found) if found.guard else replace(found, next_at=minute_of(rfc3339(due_at)))
        alarms = self.objections.alarms_since(endpoint, promotion.at) if found.then.get("if") else []
        if alarms:
            detail = alarms[-1].detail or f"There was an alarm ({alarms[-1].kind})."
            why = f"It does not become champion, as an alarm has begun since it was promoted: {detail}"
            self.report.tell(found, THEN, "run.not_champion", why, {"alarm": alarms[-1].kind})
            return None if found.guard is None else self._later(replace(found, then=None))
        why = f"Nothing spoke against it as {found.alias} for {found.then['champion_after']}."
        return self._decided(
            found, THEN, why if found.then.get("if") else f"{found.then['champion_after']} are over.", {}
        )

    def _later(self, found: FollowUp) -> FollowUp:
        return replace(found, next_at=minute_of(rfc3339(self.clock().astimezone(UTC) + PAUSE)))

    def _decided(self, found: FollowUp, action: str, why: str, figures: Json) -> FollowUp:
        """Return it with what is decided; it is done once that is written, so that it is the same done again."""
        return replace(found, decided={"action": action, "why": why, "figures": figures})

    def _do(self, found: FollowUp, endpoint: Endpoint, promotion: Change) -> FollowUp | None:
        decided = found.decided or {}
        try:
            if decided["action"] == THEN:
                return self._make_champion(found, promotion)
            self._roll_back(found, endpoint, promotion)
        except PreconditionFailed:
            return found  # Changed at this moment: what that was is looked at the next time.
        except (Conflict, NotFound) as exc:
            self._give_up(found, f"{decided['why']} But it could not be done: {exc.detail}")
        return None

    def _roll_back(self, found: FollowUp, endpoint: Endpoint, promotion: Change) -> None:
        said = found.decided or {}
        why = f"Rolled back by the guard of run {found.number}: {said['why']}"[:1000]
        self.endpoints.rollback(
            found.user_id, found.endpoint, Decision(found.by, why, found.ref, figures=said["figures"]),
            to=promotion.seq - 1, if_revision=endpoint.revision, key=f"guard/{found.change_id}",
        )  # fmt: skip
        self.report.tell(found, "guard", "run.rolled_back", why, said["figures"])

    def _make_champion(self, found: FollowUp, promotion: Change) -> FollowUp | None:
        said = found.decided or {}
        why = f"Run {found.number}: version {found.version} becomes champion. {said['why']}"
        change_id = derived_id(found.run_id, THEN)

        def decide(endpoint: Endpoint) -> Change:
            if endpoint.seq != promotion.seq:
                raise PreconditionFailed("CHANGED_MEANWHILE", "The endpoint was changed meanwhile.")
            split = {alias: share for alias, share in endpoint.traffic.split.items() if alias != found.alias}
            return Change(
                0, now(), found.by, "alias.set", with_alias(endpoint, CHAMPION, found.version),
                replace(endpoint.traffic, split=split), alias=CHAMPION, from_version=endpoint.aliases.get(CHAMPION),
                to_version=found.version, why=why, run=found.ref,
            )  # fmt: skip

        self.endpoints.rows.change(found.user_id, found.endpoint, decide, id=change_id, since=promotion.seq)
        self.report.tell(found, THEN, "run.champion", why, {})
        if found.guard is None:
            return None
        # As champion it is guarded anew.
        return self._later(replace(found, then=None, decided=None, alias=CHAMPION, change_id=change_id))

    def _give_up(self, found: FollowUp, why: str) -> None:
        """Say that nothing more follows the promotion, and why."""
        if found.decided is None and found.then is None:
            self.report.say(found, "guard", f"It is guarded no longer: {why}")
            return
        name, event = ("guard", "run.not_rolled_back") if found.then is None else (THEN, "run.not_champion")
        self.report.tell(found, name, event, why, {})
