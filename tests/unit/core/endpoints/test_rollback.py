"""Endpoints go back to what they served before, by the log of their changes."""

from __future__ import annotations

import pytest

from core.domain.endpoints import Endpoint, Traffic
from core.errors import Conflict, NotFound
from tests.unit.core.endpoints.conftest import BY, Served
from tests.unit.core.endpoints.test_endpoints import reason


def roll_back(served: Served, to: int | None = None) -> Endpoint:
    return served.service.endpoints.rollback(served.user_id, "income", BY, to)


def test_a_rollback_restores_aliases_and_traffic_together(served: Served) -> None:
    served.endpoint(3)
    served.promote(2, "challenger")
    served.service.endpoints.set_traffic(served.user_id, "income", Traffic({"challenger": 0.2}, "key"), BY)
    before = served.service.endpoints.get(served.user_id, "income")
    served.promote(3)
    served.promote(1, "candidate")
    after = roll_back(served)
    assert (after.aliases, after.traffic) == (before.aliases, before.traffic)
    newest = served.service.endpoints.newest_change(after)
    assert newest is not None
    assert (newest.action, newest.from_version, newest.to_version, newest.figures) == ("rollback", 3, 1, {"as_of": 3})


def test_rolling_back_twice_undoes_the_rollback_and_a_number_goes_further(served: Served) -> None:
    served.endpoint(3)
    served.promote(2)
    served.promote(3)
    assert roll_back(served).aliases == {"champion": 2}
    assert roll_back(served).aliases == {"champion": 3}
    assert roll_back(served, to=1).aliases == {"champion": 1}


def test_a_promotion_to_what_is_served_already_has_its_line_and_is_skipped_by_a_rollback(served: Served) -> None:
    served.endpoint(2)
    served.promote(2)
    served.promote(2)
    assert served.service.endpoints.get(served.user_id, "income").seq == 3
    assert roll_back(served).aliases == {"champion": 1}


def test_there_is_nothing_to_roll_back_where_nothing_else_was_served(served: Served) -> None:
    served.endpoint(0)
    served.version()
    served.promote(1)
    for to in (None, 1, 2):
        with pytest.raises(Conflict) as error:
            roll_back(served, to)
        assert reason(error) == "NOTHING_TO_ROLL_BACK"
    for missing in (0, 3, -1):
        with pytest.raises(NotFound):
            roll_back(served, missing)


def test_a_rollback_to_a_version_that_was_deleted_is_refused_and_an_idle_alias_is_left_out(served: Served) -> None:
    served.endpoint(4)
    user, service = served.user_id, served.service
    served.promote(4, "idle")
    served.promote(2)
    service.endpoints.delete_alias(user, "income", "idle", BY)
    service.versions.delete(user, "income", 4)
    after = roll_back(served)
    assert after.aliases == {"champion": 1}
    newest = service.endpoints.newest_change(after)
    assert newest is not None
    assert newest.figures == {"as_of": 2, "left_out": {"idle": 4}}
    service.versions.delete(user, "income", 2)
    with pytest.raises(Conflict) as error:
        roll_back(served, to=3)
    assert reason(error) == "VERSION_GONE"
    assert served.aliases == {"champion": 1}


def test_the_log_goes_on_in_rows_of_its_own_and_pages_join_them(served: Served) -> None:
    served.endpoint(2)
    for number in range(50):
        served.promote(1 + number % 2)
    endpoint = served.service.endpoints.get(served.user_id, "income")
    assert len(endpoint.history) <= 20
    seen, after = [], None
    while True:
        page = served.service.endpoints.changes(served.user_id, "income", 7, after)
        seen += page.items
        if (after := page.next) is None:
            break
    assert [change.seq for change in seen] == list(range(51, 0, -1))
    assert seen[0].aliases == endpoint.aliases
    assert roll_back(served, to=2).aliases == {"champion": 1}
