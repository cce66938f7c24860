"""Versions: numbers, signatures, deletion, and the models behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from core.domain.endpoints import NewVersion, Traffic
from core.errors import Conflict, NotFound, Unavailable
from core.models.exports import serving_ref
from tests.unit.core.endpoints.conftest import BY, SUMMARY, Served


def numbers(served: Served) -> list[int]:
    return [each.version for each in served.service.versions.page(served.user_id, "income", 100).items]


def test_versions_are_numbered_one_after_the_other_and_listed_newest_first(served: Served) -> None:
    served.endpoint(0)
    given = [served.version().version for _ in range(9)]
    assert given == list(range(1, 10))
    assert numbers(served) == list(range(9, 0, -1))
    seen, after = [], None
    while True:
        page = served.service.versions.page(served.user_id, "income", 4, after)
        seen += [each.version for each in page.items]
        if (after := page.next) is None:
            break
    assert seen == numbers(served)


def test_a_version_says_who_made_it_of_what_and_why(served: Served) -> None:
    served.endpoint(0)
    model = served.model()
    new = NewVersion(model.id, "key/1", "weekly", {"git": "abc"}, "better on May")
    made = served.service.versions.register(served.user_id, "income", new)
    assert served.service.versions.get(served.user_id, "income", 1) == made
    assert (made.model_id, made.by, made.note, made.tags, made.why) == (
        model.id, "key/1", "weekly", {"git": "abc"}, "better on May",
    )  # fmt: skip
    assert made.signature["features"] == SUMMARY["features"]


def test_the_number_of_a_deleted_version_is_not_given_again(served: Served) -> None:
    served.endpoint(3)
    served.service.versions.delete(served.user_id, "income", 3)
    assert numbers(served) == [2, 1]
    assert served.version().version == 4
    with pytest.raises(NotFound):
        served.service.versions.get(served.user_id, "income", 3)
    with pytest.raises(NotFound):
        served.service.versions.delete(served.user_id, "income", 3)
    with pytest.raises(NotFound):
        served.promote(3)


def test_a_version_that_an_alias_leads_to_is_not_deleted(served: Served) -> None:
    served.endpoint(3)
    served.promote(2, "b")
    served.service.endpoints.set_traffic(served.user_id, "income", Traffic({"b": 0.1}), BY)
    for version in (1, 2):
        with pytest.raises(Conflict) as error:
            served.service.versions.delete(served.user_id, "income", version)
        assert error.value.reason == "VERSION_IN_USE"
    served.service.versions.delete(served.user_id, "income", 3)


def test_a_deletion_that_crashed_is_carried_out_by_the_next(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    served.endpoint(3)

    def crash(*_: Any) -> None:
        raise KeyboardInterrupt

    versions = served.service.versions
    with monkeypatch.context() as patched:
        patched.setattr(versions.rows, "mark_deleted", crash)
        with pytest.raises(KeyboardInterrupt):
            versions.delete(served.user_id, "income", 3)
    assert numbers(served) == [2, 1]
    with pytest.raises(NotFound):
        served.promote(3)
    versions.delete(served.user_id, "income", 2)
    assert served.service.endpoints.get(served.user_id, "income").retired == []
    assert numbers(served) == [1]


def test_an_alias_that_is_set_while_its_version_is_deleted_leads_to_no_deleted_version(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The deletion falls between looking the version up and writing the alias."""
    served.endpoint(2)
    versions, resolve = served.service.versions, served.service.versions.resolve

    def late(*args: Any) -> Any:
        found = resolve(*args)
        monkeypatch.undo()
        versions.delete(served.user_id, "income", 2)
        return found

    monkeypatch.setattr(versions, "resolve", late)
    with pytest.raises(NotFound):
        served.promote(2)
    assert served.aliases == {"champion": 1}


@pytest.mark.parametrize("ref", ["7", "0", "00", "champions", "", "-1", "1.0", "9" * 40, "١"])
def test_what_is_no_version_and_no_alias_is_not_found(served: Served, ref: str) -> None:
    served.endpoint(3)
    endpoint = served.service.endpoints.get(served.user_id, "income")
    with pytest.raises(NotFound):
        served.service.versions.resolve(endpoint, ref)


def test_a_version_is_meant_by_its_number_or_an_alias(served: Served) -> None:
    served.endpoint(3)
    served.promote(2, "b")
    endpoint = served.service.endpoints.get(served.user_id, "income")
    resolve = served.service.versions.resolve
    assert [resolve(endpoint, ref) for ref in (None, "champion", "b", "3")] == [
        (1, "champion"), (1, "champion"), (2, "b"), (3, None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("summary", "field"),
    [
        ({"target": "sold"}, "target"),
        ({"task": "regression", "classes": []}, "task"),
        ({"classes": ["no", "maybe"]}, "labels"),
        ({"features": [*SUMMARY["features"], {"name": "pay", "type": "number", "required": True}]}, "features.pay"),
        ({"features": [{"name": "city", "type": "category", "required": True}]}, "features.city"),
        ({"features": [{"name": "age", "type": "category", "required": True}]}, "features.age"),
    ],
)
def test_a_model_that_callers_could_not_use_as_before_is_refused_unless_forced(
    served: Served, summary: dict[str, Any], field: str
) -> None:
    served.endpoint()
    with pytest.raises(Conflict) as error:
        served.version(**summary)
    assert error.value.reason == "SIGNATURE_DIFFERS"
    assert field in [each["field"] for each in error.value.errors]
    assert numbers(served) == [1]
    assert served.version(force=True, **summary).version == 2


@pytest.mark.parametrize(
    "summary",
    [
        {"classes": ["no", "yes", "maybe"]},
        {"features": SUMMARY["features"][:1]},
        {"features": [*SUMMARY["features"], {"name": "pay", "type": "number", "required": False}]},
        {"features": [{"name": "age", "type": "number", "required": False}]},
        {"features": [SUMMARY["features"][0], {"name": "city", "type": "text", "required": False}]},
    ],
)
def test_a_model_that_answers_the_same_requests_is_taken(served: Served, summary: dict[str, Any]) -> None:
    served.endpoint()
    assert served.version(**summary).version == 2


def test_the_reference_is_the_champion_and_the_newest_where_there_is_none(served: Served) -> None:
    served.endpoint()
    served.version(force=True, target="sold")
    with pytest.raises(Conflict):
        served.version(target="sold")
    served.endpoint(0, "bare")
    served.version("bare", target="sold")
    assert served.version("bare", target="sold").version == 2
    with pytest.raises(Conflict):
        served.version("bare")


def test_a_missing_or_foreign_model_is_not_found(served: Served) -> None:
    served.endpoint(0)
    bob = served.service.accounts.sign_up("bob", "correct horse")
    served.service.endpoints.create(bob.id, "income", "user/bob")
    with pytest.raises(NotFound):
        served.service.versions.register(bob.id, "income", NewVersion(served.model().id, "user/bob"))
    assert served.service.versions.page(bob.id, "income", 10).items == []


def test_a_worker_is_asked_for_the_file_that_serves_a_version(served: Served) -> None:
    served.endpoint(0)
    model = served.model()
    assert served.service.work.state(serving_ref(model)) is None
    served.service.versions.register(served.user_id, "income", NewVersion(model.id, "user/ada"))
    assert served.service.work.state(serving_ref(model)) is not None


def test_none_is_asked_for_where_the_engine_is_to_serve(served: Served) -> None:
    served.endpoint(0)
    served.service.endpoints.patch(served.user_id, "income", {"runtime": "engine"})
    model = served.model()
    served.service.versions.register(served.user_id, "income", NewVersion(model.id, "user/ada"))
    assert served.service.work.state(serving_ref(model)) is None


def test_a_version_counts_though_no_worker_could_be_asked(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise Unavailable("the tables are away")

    served.endpoint(0)
    monkeypatch.setattr(served.service.exports, "request", away)
    assert served.version().version == 1


def test_champions_of_many_endpoints_are_read_in_one_go(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    served.endpoint(2)
    served.promote(2)
    served.endpoint(name="other")
    served.endpoint(0, name="empty")
    endpoints = list(served.service.endpoints.all_of(served.user_id))
    tables = served.service.ports.tables
    reads: list[int] = []
    get_many = tables.get_many

    def counted(keys: Sequence[str]) -> Mapping[str, bytes]:
        reads.append(len(keys))
        return get_many(keys)

    monkeypatch.setattr(tables, "get_many", counted)
    found = served.service.versions.rows.champions(endpoints)
    assert {name: version.version for name, version in found.items()} == {"income": 2, "other": 1}
    assert reads == [2]
    assert served.service.versions.rows.champions([each for each in endpoints if each.name == "empty"]) == {}
