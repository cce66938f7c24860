"""Endpoints: names, aliases, traffic."""

from __future__ import annotations

from typing import Any

import pytest

from core.domain.endpoints import Traffic
from core.endpoints.creation import DEFAULT_LOG
from core.endpoints.traffic import MAX_ALIASES
from core.errors import Conflict, Invalid, NotFound, PreconditionFailed, RequestError
from core.storage import rows
from tests.unit.core.endpoints.conftest import BY, Served


def reason(error: pytest.ExceptionInfo[RequestError]) -> str:
    return error.value.reason


def test_a_model_that_is_given_becomes_version_1_and_champion_at_once(served: Served) -> None:
    model = served.model()
    made = served.service.endpoints.create(served.user_id, "income", "key/1", model_id=model.id, note="how rich")
    assert (made.aliases, made.revision, made.seq, made.note, made.log) == (
        {"champion": 1}, 1, 1, "how rich", DEFAULT_LOG,
    )  # fmt: skip
    assert served.service.versions.get(served.user_id, "income", 1).model_id == model.id
    (line,) = served.service.endpoints.changes(served.user_id, "income", 10).items
    assert (line.by, line.action, line.alias, line.to_version, line.aliases) == (
        "key/1", "endpoint.create", "champion", 1, {"champion": 1},
    )  # fmt: skip


def test_without_a_model_nothing_is_served_until_an_alias_is_set(served: Served) -> None:
    served.endpoint(0)
    endpoint = served.service.endpoints.get(served.user_id, "income")
    with pytest.raises(NotFound):
        served.service.versions.resolve(endpoint, None)
    served.version()
    served.promote(1)
    assert served.aliases == {"champion": 1}


@pytest.mark.parametrize("name", ["", "-a", "A", "a_b", "a#b", "a:b", "ä", "a" * 64, "a\n"])
def test_a_bad_name_is_refused(served: Served, name: str) -> None:
    with pytest.raises(Invalid) as error:
        served.service.endpoints.create(served.user_id, name, "user/ada")
    assert reason(error) == "BAD_NAME"
    assert rows.key("endpoint", served.user_id, name) not in str(served.service.ports.tables.scan("endpoint#"))


def test_a_name_that_is_taken_is_refused_and_another_users_is_not(served: Served) -> None:
    served.endpoint()
    with pytest.raises(Conflict) as error:
        served.endpoint()
    assert reason(error) == "ENDPOINT_EXISTS"
    bob = served.service.accounts.sign_up("bob", "correct horse")
    assert served.service.endpoints.create(bob.id, "income", f"user/{bob.id}").aliases == {}
    with pytest.raises(NotFound):
        served.service.versions.get(bob.id, "income", 1)


def test_with_a_missing_model_no_endpoint_is_made(served: Served) -> None:
    with pytest.raises(NotFound):
        served.service.endpoints.create(served.user_id, "income", "user/ada", model_id="missing")
    assert served.service.endpoints.find(served.user_id, "income") is None
    assert served.service.ports.tables.scan("endpoint#") == []


def test_a_creation_that_crashed_shows_nothing_and_is_taken_over(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(served.service.endpoints.log, "append", crash)
        with pytest.raises(KeyboardInterrupt):
            served.endpoint()
    assert served.service.endpoints.page(served.user_id, 10).items == []
    with pytest.raises(NotFound):
        served.version()
    model = served.model()
    served.service.endpoints.create(served.user_id, "income", "user/ada", model_id=model.id)
    assert served.service.versions.get(served.user_id, "income", 1).model_id == model.id
    assert served.service.versions.page(served.user_id, "income", 10).items[0].version == 1


def test_there_is_a_most_number_of_endpoints_and_an_account_may_have_its_own(served: Served) -> None:
    served.service.administration.set_quotas(served.user_id, {"endpoints": 1})
    served.endpoint(0)
    with pytest.raises(Conflict) as error:
        served.endpoint(0, "other")
    assert reason(error) == "QUOTA_EXCEEDED"


def test_an_alias_leads_to_a_version_given_by_number_or_by_another_alias(served: Served) -> None:
    served.endpoint(3)
    served.promote(2, "challenger")
    served.promote("challenger")
    assert served.aliases == {"champion": 2, "challenger": 2}
    newest = served.service.endpoints.changes(served.user_id, "income", 1).items[0]
    assert (newest.action, newest.alias, newest.from_version, newest.to_version) == ("alias.set", "champion", 1, 2)
    assert newest.aliases == served.aliases


@pytest.mark.parametrize("version", [0, 4, -1, 10**12, "missing", "", "1.0"])
def test_an_alias_of_a_missing_version_is_refused_and_says_nothing_in_the_log(
    served: Served, version: int | str
) -> None:
    served.endpoint(3)
    with pytest.raises(NotFound):
        served.promote(version)
    assert served.service.endpoints.get(served.user_id, "income").seq == 1


@pytest.mark.parametrize("alias", ["", "1", "7", "A", "a_b", "a b", "a" * 33, "-a", "a#"])
def test_a_bad_alias_is_refused(served: Served, alias: str) -> None:
    served.endpoint()
    with pytest.raises(Invalid) as error:
        served.promote(1, alias)
    assert reason(error) == "BAD_ALIAS"


def test_there_is_a_most_number_of_aliases(served: Served) -> None:
    served.endpoint()
    for number in range(MAX_ALIASES - 1):
        served.promote(1, f"a{number}")
    with pytest.raises(Conflict) as error:
        served.promote(1, "one-more")
    assert reason(error) == "TOO_MANY_ALIASES"
    served.promote(1, "a0")


def test_the_champion_is_moved_and_not_deleted(served: Served) -> None:
    served.endpoint(2)
    served.promote(2, "challenger")
    endpoints = served.service.endpoints
    with pytest.raises(Conflict) as error:
        endpoints.delete_alias(served.user_id, "income", "champion", BY)
    assert reason(error) == "ALIAS_NEEDED"
    with pytest.raises(NotFound):
        endpoints.delete_alias(served.user_id, "income", "missing", BY)
    endpoints.delete_alias(served.user_id, "income", "challenger", BY)
    assert served.aliases == {"champion": 1}


@pytest.mark.parametrize("traffic", [Traffic({"b": 0.1}), Traffic(shadow=["b"])])
def test_an_alias_that_the_traffic_names_is_not_deleted(served: Served, traffic: Traffic) -> None:
    served.endpoint(2)
    served.promote(2, "b")
    served.service.endpoints.set_traffic(served.user_id, "income", traffic, BY)
    with pytest.raises(Conflict) as error:
        served.service.endpoints.delete_alias(served.user_id, "income", "b", BY)
    assert reason(error) == "ALIAS_IN_USE"


@pytest.mark.parametrize(
    ("traffic", "field"),
    [
        (Traffic({"missing": 0.1}), "split.missing"),
        (Traffic({"champion": 0.1}), "split.champion"),
        (Traffic({"b": 0.0}), "split.b"),
        (Traffic({"b": 1.0}), "split.b"),
        (Traffic({"b": -0.1}), "split.b"),
        (Traffic({"b": float("nan")}), "split.b"),
        (Traffic({"b": 0.5, "c": 0.5}), "split"),
        (Traffic(shadow=["missing"]), "shadow"),
        (Traffic(shadow=["champion"]), "shadow"),
        (Traffic(shadow=["b", "b"]), "shadow"),
    ],
)
def test_bad_traffic_is_refused_and_the_field_named(served: Served, traffic: Traffic, field: str) -> None:
    served.endpoint(2)
    served.promote(2, "b")
    served.promote(2, "c")
    with pytest.raises(Invalid) as error:
        served.service.endpoints.set_traffic(served.user_id, "income", traffic, BY)
    assert (reason(error), error.value.errors[0]["field"]) == ("BAD_TRAFFIC", field)


def test_traffic_without_a_champion_is_refused(served: Served) -> None:
    served.endpoint(0)
    served.version()
    served.promote(1, "b")
    with pytest.raises(Conflict) as error:
        served.service.endpoints.set_traffic(served.user_id, "income", Traffic({"b": 0.1}), BY)
    assert reason(error) == "ALIAS_NEEDED"


def test_whoever_saw_an_older_state_changes_nothing(served: Served) -> None:
    served.endpoint(2)
    seen = served.service.endpoints.get(served.user_id, "income").revision
    served.promote(2, if_revision=seen)
    user, endpoints = served.user_id, served.service.endpoints
    for change in (
        lambda: served.promote(1, if_revision=seen),
        lambda: endpoints.set_traffic(user, "income", Traffic(), BY, seen),
        lambda: endpoints.rollback(user, "income", BY, if_revision=seen),
        lambda: endpoints.delete_alias(user, "income", "champion", BY, seen),
        lambda: endpoints.patch(user, "income", {"note": "x"}, seen),
        lambda: served.service.versions.delete(user, "income", 1, seen),
    ):
        with pytest.raises(PreconditionFailed) as error:
            change()
        assert reason(error) == "CHANGED_MEANWHILE"
    assert (served.aliases, served.service.endpoints.get(user, "income").seq) == ({"champion": 2}, 2)


def test_a_patch_keeps_what_it_does_not_name_and_is_no_change_of_what_is_served(served: Served) -> None:
    served.endpoint()
    user, endpoints = served.user_id, served.service.endpoints
    endpoints.patch(user, "income", {"log": {"days": 7}, "runtime": "engine"})
    after = endpoints.patch(user, "income", {"note": "x"})
    assert (after.note, after.runtime, after.log) == ("x", "engine", {**DEFAULT_LOG, "days": 7})
    assert (after.revision, after.seq) == (3, 1)
