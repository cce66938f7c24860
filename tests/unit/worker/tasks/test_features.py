"""Features as a worker writes them: those of the newest dataset, for sources that are looked up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.domain.endpoints import Decision
from core.service import Service
from core.storage import rows
from core.storage.due_rows import Due
from tests.unit.keyed_source import KeyedSource
from tests.unit.worker.tasks.request_log.shop import Shop

OFF = Decision("user/ada")


@pytest.fixture
def shop(service: Service, tmp_path: Path) -> Shop:
    return Shop(service, tmp_path)


@pytest.fixture
def source(shop: Shop, tmp_path: Path) -> KeyedSource:
    return KeyedSource(shop.service, shop.user_id, tmp_path / "folders")


def kept(source: KeyedSource) -> int:
    return len(list(rows.scan_all(source.service.ports.tables, f"feature#{source.user_id}#{source.id}#")))


def state(source: KeyedSource) -> dict[str, Any]:
    endpoint = source.service.endpoints.get(source.user_id, "shop")
    [described] = source.service.features.describe(source.user_id, endpoint.lookup)
    return described


def test_a_dataset_is_written_once_an_endpoint_looks_its_source_up(source: KeyedSource) -> None:
    first = source.fetch("patient,age,zip\n1,30,10115\n2,41,10117\n")
    assert kept(source) == 0
    source.look_up("shop")
    described = state(source)
    assert (described["state"], described["rows"], described["columns"]) == ("ready", 2, ["age", "zip"])
    assert described["dataset_id"] == first.id
    second = source.fetch("patient,age,zip\n1,31,10115\n2,42,10117\n3,50,10999\n")
    assert (state(source)["rows"], state(source)["dataset_id"]) == (3, second.id)


def test_how_far_it_is_is_told(source: KeyedSource) -> None:
    source.look_up("shop")
    assert state(source)["state"] == "waiting"
    source.fetch("patient,age\n1,30\n", work=False)
    assert state(source)["state"] == "writing"
    source.work()
    assert state(source)["state"] == "ready"


def test_rows_that_cannot_be_written_are_told_and_those_of_before_answer_on(source: KeyedSource) -> None:
    source.fetch("patient,age\n1,30\n")
    source.look_up("shop")
    source.fetch(f"patient,age\n1,{'9' * 20_000}\n")
    described = state(source)
    assert (described["state"], described["rows"]) == ("ready", 1)
    assert described["error"]["reason"] == "ROW_TOO_LARGE"
    source.fetch("patient,age\n1,31\n2,32\n")
    assert (state(source)["rows"], "error" in state(source)) == (2, False)


def test_rows_written_before_a_lookup_ended_are_written_again_for_the_next(source: KeyedSource) -> None:
    service, user_id = source.service, source.user_id
    source.fetch("patient,age\n1,30\n")
    source.look_up("shop")
    service.lookups.set(user_id, "shop", [], OFF)
    service.lookups.fire(Due("2026-11-30T12:00", "features", user_id, source.id))
    source.look_up("shop")
    assert (state(source)["state"], state(source)["rows"]) == ("ready", 1)
