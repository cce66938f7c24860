"""What follows a promotion: rolled back once, never over a later change; a challenger becomes champion."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from core.domain.endpoints import CHAMPION
from core.domain.ids import rfc3339
from core.storage import rows
from tests.unit.core.pipelines.followups.conftest import GUARD, THEN, Promoted

if TYPE_CHECKING:
    from tests.unit.core.conftest import World


def test_an_alarm_after_a_promotion_rolls_it_back_once_with_why(promoted: Promoted) -> None:
    promoted.promote(guard=GUARD)
    promoted.sweep()
    assert promoted.endpoint.aliases == {CHAMPION: 2}
    promoted.alarm()
    promoted.sweep()
    assert promoted.endpoint.aliases == {CHAMPION: 1}
    newest = promoted.service.endpoints.newest_change(promoted.endpoint)
    assert newest is not None
    assert (newest.action, newest.by) == ("rollback", "pipeline/p1/run/7")
    assert "Accuracy fell." in newest.why
    assert promoted.told == ["run.rolled_back"]
    assert promoted.run().steps[-1]["name"] == "guard"
    assert promoted.left == []
    promoted.alarm()
    promoted.sweep()
    assert promoted.endpoint.seq == newest.seq


def test_alarms_of_other_kinds_and_of_before_are_left_alone(promoted: Promoted) -> None:
    promoted.alarm(ago=timedelta(minutes=5))
    promoted.promote(guard=GUARD)
    promoted.passed = timedelta(minutes=1)
    promoted.alarm("drift")
    promoted.sweep()
    assert promoted.endpoint.aliases == {CHAMPION: 2}


def test_requests_that_fail_roll_back_before_any_window_has_ended(promoted: Promoted) -> None:
    promoted.promote(guard=GUARD)
    promoted.passed += timedelta(minutes=3)
    minute = rfc3339(promoted.clock() - timedelta(minutes=1))[:16]
    failed = {"endpoint_id": promoted.endpoint.id, "count": 40}
    promoted.tables.put(rows.key("failed_requests", promoted.user_id, "income", minute, "x"), rows.dump(failed))
    promoted.sweep(timedelta())
    assert promoted.endpoint.aliases == {CHAMPION: 1}
    assert "40 of 40 requests failed" in promoted.run().why


def test_what_somebody_has_changed_since_is_left_as_it_is(promoted: Promoted) -> None:
    promoted.promote(guard=GUARD)
    promoted.served.promote(3)
    promoted.alarm()
    promoted.sweep()
    assert promoted.endpoint.aliases == {CHAMPION: 3}
    assert "user/ada has changed the endpoint since" in promoted.run().why
    assert promoted.left == []


def test_a_change_between_the_decision_and_the_rollback_is_left_as_it_is(promoted: Promoted) -> None:
    promoted.promote(guard=GUARD)
    promoted.alarm()
    promoted.sweep(rounds=1)
    assert promoted.endpoint.aliases == {CHAMPION: 2}
    promoted.served.promote(3)
    promoted.sweep(timedelta())
    assert promoted.endpoint.aliases == {CHAMPION: 3}
    assert promoted.told == ["run.not_rolled_back"]


def test_an_alarm_after_the_time_is_over_changes_nothing(promoted: Promoted) -> None:
    promoted.promote(guard=GUARD)
    promoted.sweep(timedelta(days=2, minutes=1))
    promoted.alarm()
    promoted.sweep()
    assert promoted.endpoint.aliases == {CHAMPION: 2}
    assert promoted.run().why == "Nothing spoke against it within 2d."
    assert promoted.left == []


def test_the_first_version_cannot_be_rolled_back_and_that_is_said(world: World) -> None:
    promoted = Promoted(world, champion=False)
    promoted.promote(guard=GUARD)
    promoted.alarm()
    promoted.sweep()
    assert promoted.endpoint.aliases == {CHAMPION: 2}
    assert "could not be done" in promoted.run().why
    assert promoted.told == ["run.not_rolled_back"]
    assert promoted.left == []


def test_a_promotion_that_never_came_leaves_nothing(promoted: Promoted) -> None:
    promoted.begin(guard=GUARD)
    promoted.sweep()
    assert promoted.left == []
    assert promoted.endpoint.aliases == {CHAMPION: 1}


def test_a_challenger_becomes_champion_in_time(promoted: Promoted) -> None:
    promoted.promote("challenger", then=THEN)
    promoted.sweep()
    assert promoted.endpoint.aliases == {CHAMPION: 1, "challenger": 2}
    promoted.sweep(timedelta(days=2))
    assert promoted.endpoint.aliases == {CHAMPION: 2, "challenger": 2}
    assert promoted.endpoint.traffic.split == {}
    assert promoted.told == ["run.champion"]
    assert promoted.left == []


def test_a_challenger_with_an_alarm_does_not(promoted: Promoted) -> None:
    promoted.promote("challenger", then=THEN)
    promoted.passed = timedelta(hours=3)
    promoted.alarm("drift")
    promoted.sweep(timedelta(days=2))
    assert promoted.endpoint.aliases == {CHAMPION: 1, "challenger": 2}
    assert promoted.told == ["run.not_champion"]
    assert promoted.left == []


def test_without_a_condition_an_alarm_makes_no_difference(promoted: Promoted) -> None:
    promoted.promote("challenger", then={"champion_after": "2d"})
    promoted.passed = timedelta(hours=3)
    promoted.alarm("drift")
    promoted.sweep(timedelta(days=2))
    assert promoted.endpoint.aliases[CHAMPION] == 2


def test_one_that_has_become_champion_is_guarded_anew(promoted: Promoted) -> None:
    promoted.promote("challenger", then=THEN, guard={**GUARD, "within": "3d"})
    promoted.sweep(timedelta(days=2, minutes=1))
    assert promoted.endpoint.aliases[CHAMPION] == 2
    promoted.alarm()
    promoted.sweep()
    assert promoted.endpoint.aliases == {CHAMPION: 1, "challenger": 2}
    assert promoted.endpoint.traffic.split == {"challenger": 0.1}


def test_nothing_follows_where_nothing_is_asked_for(promoted: Promoted) -> None:
    promoted.promote()
    promoted.promote(then=THEN)  # Champion already.
    assert promoted.left == []


def test_an_endpoint_that_was_made_anew_is_not_touched(promoted: Promoted) -> None:
    promoted.promote(guard=GUARD)
    promoted.service.eraser.endpoint(promoted.user_id, "income")
    promoted.served.endpoint(2)
    promoted.alarm()
    promoted.sweep()
    assert promoted.endpoint.aliases == {CHAMPION: 1}
    assert promoted.left == []
