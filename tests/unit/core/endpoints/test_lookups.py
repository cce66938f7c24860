"""What endpoints look up: no source goes that is looked up, no row stays that nobody looks up."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from core.errors import Conflict, NotFound
from core.service import Service
from core.storage import rows
from tests.unit.core.endpoints.conftest import BY, Served, served  # noqa: F401
from tests.unit.keyed_source import KeyedSource

TABLE = "patient,age\n1,30\n2,40\n"


@pytest.fixture
def source(served: Served, service: Service, tmp_path: Path) -> KeyedSource:  # noqa: F811
    served.endpoint()
    made = KeyedSource(service, served.user_id, tmp_path / "folders")
    made.fetch(TABLE)
    service.features.rows.grace = -timedelta(minutes=2)
    return made


def left(source: KeyedSource) -> set[str]:
    """The kinds of rows that are left of the source's features."""
    found = rows.scan_all(source.service.ports.tables, "feature")
    return {row.key.split("#")[0] for row in found if source.id in row.key}


def test_a_source_that_an_endpoint_looks_up_is_not_deleted(source: KeyedSource) -> None:
    source.look_up("income")
    with pytest.raises(Conflict, match="the lookup of the endpoint 'income'"):
        source.service.sources.delete(source.user_id, source.id)
    source.service.lookups.set(source.user_id, "income", [], BY)
    source.service.sources.delete(source.user_id, source.id)


def test_a_source_that_is_deleted_meanwhile_is_not_looked_up(
    source: KeyedSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, user_id = source.service, source.user_id
    change = service.lookups.endpoints.change

    def deleted_before(*args: object, **more: object) -> object:
        if service.sources.find(user_id, source.id):
            service.sources.delete(user_id, source.id)
        return change(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(service.lookups.endpoints, "change", deleted_before)
    with pytest.raises(NotFound):
        source.look_up("income")
    assert service.endpoints.get(user_id, "income").lookup == []


@pytest.mark.parametrize("end", ["lookup", "endpoint", "account"])
def test_rows_that_nobody_looks_up_are_deleted(source: KeyedSource, end: str) -> None:
    service, user_id = source.service, source.user_id
    source.look_up("income")
    assert left(source) == {"feature", "feature_set", "features"}
    if end == "lookup":
        service.lookups.set(user_id, "income", [], BY)
    elif end == "endpoint":
        service.eraser.endpoint(user_id, "income")
    else:
        service.eraser.account(user_id)
    for _ in range(3):
        service.sweeper.sweep()
    assert left(source) == set()
    assert not list(rows.scan_all(service.ports.tables, f"control#features#{user_id}#"))


def test_rows_that_another_endpoint_looks_up_stay(source: KeyedSource, served: Served) -> None:  # noqa: F811
    served.endpoint(name="other")
    source.look_up("income")
    source.look_up("other")
    source.service.lookups.set(source.user_id, "income", [], BY)
    for _ in range(3):
        source.service.sweeper.sweep()
    assert "feature" in left(source)


def test_a_rollback_leaves_the_lookup_as_it_is(source: KeyedSource, served: Served) -> None:  # noqa: F811
    served.version()
    served.promote(2)
    source.look_up("income")
    rolled = source.service.endpoints.rollback(source.user_id, "income", BY)
    assert rolled.aliases == {"champion": 1}
    assert [each["source_id"] for each in rolled.lookup] == [source.id]
