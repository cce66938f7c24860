"""Serving through outages, promotions and shadows that hang: over the embedded tables and those of the simulation."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from api.serving.rows import Rows
from api.serving.serving import Serving
from core.domain.endpoints import Decision, NewVersion, Traffic
from core.errors import NotFound, Unavailable
from core.observability.metrics import REGISTRY
from core.ports import Ports, Tables
from core.service import Service
from core.settings import Settings
from tests.simulation.memory import MemoryTables
from tests.unit.api.trained import store
from tests.waiting import wait_for

BY = "user/ada"
ADA = "ada"
COLUMNS = {"size": [2.5], "colour": ["red"]}


class TablesThatGoAway:
    """Tables of which every call fails while they are `away`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self.away = False

    def __getattr__(self, name: str) -> Callable[..., Any]:
        call = getattr(self._tables, name)

        def tried(*args: Any, **kwargs: Any) -> Any:
            if self.away:
                raise Unavailable("the tables are away")
            return call(*args, **kwargs)

        return tried


@pytest.fixture(params=["sqlite", "memory"])
def tables(request: pytest.FixtureRequest, ports: Ports) -> TablesThatGoAway:
    return TablesThatGoAway(ports.tables if request.param == "sqlite" else MemoryTables())


@pytest.fixture
def service(tables: TablesThatGoAway, ports: Ports, settings: Settings) -> Service:
    made = Service(Ports(tables, ports.blobs, ports.queue), settings)  # type: ignore[arg-type]
    made.endpoints.create(ADA, "income", BY, model_id=store(made, ADA).id)
    made.versions.register(ADA, "income", NewVersion(store(made, ADA).id, BY))
    made.endpoints.set_alias(ADA, "income", "challenger", 2, Decision(BY))
    return made


def version(serving: Serving) -> int:
    return serving.predict(serving.locate(ADA, "income"), Rows(COLUMNS, 1)).served.version


def test_answers_go_on_while_the_tables_are_away(service: Service, tables: TablesThatGoAway) -> None:
    serving = Serving(service)
    assert version(serving) == 1
    tables.away = True
    ages = threading.Event()
    for _ in range(6):
        assert version(serving) == 1
        ages.wait(0.3)  # Past the second for which it is remembered: it would be read again.
    with pytest.raises(Unavailable):
        serving.locate(ADA, "unknown")
    tables.away = False
    service.endpoints.set_alias(ADA, "income", "champion", 2, Decision(BY))
    wait_for(lambda: version(serving) == 2)


def test_what_is_known_is_not_known_for_ever(service: Service, tables: TablesThatGoAway) -> None:
    service.settings.values["serve_stale_s"] = 0.6
    serving = Serving(service)
    assert version(serving) == 1
    tables.away = True

    def gone() -> bool:
        try:
            return version(serving) != 1
        except Unavailable:
            return True

    wait_for(gone)


def test_a_promotion_and_a_deletion_are_seen_by_another_process(service: Service) -> None:
    serving = Serving(service)
    assert version(serving) == 1
    service.endpoints.set_alias(ADA, "income", "champion", 2, Decision(BY))
    wait_for(lambda: version(serving) == 2, patience_s=10)
    found = service.endpoints.get(ADA, "income")
    service.ports.tables.delete(f"endpoint#{ADA}#{found.name}")

    def gone() -> bool:
        try:
            return version(serving) == 0
        except NotFound:
            return True

    wait_for(gone, patience_s=10)


def test_an_endpoint_that_was_made_anew_has_its_own_versions(service: Service) -> None:
    serving = Serving(service)
    assert version(serving) == 1
    first = serving.locate(ADA, "income").record
    service.ports.tables.delete(f"endpoint#{ADA}#income")
    service.endpoints.create(ADA, "income", BY, model_id=store(service, ADA).id)
    wait_for(lambda: serving.locate(ADA, "income").record.id != first.id, patience_s=10)


class HangingModel:
    """A model whose predictions never come, until it is let go."""

    def __init__(self) -> None:
        self.release = threading.Event()
        self.asked = threading.Semaphore(0)

    def predict_raw_checked(self, _: object) -> Sequence[Any]:
        self.asked.release()
        self.release.wait()
        raise RuntimeError("it never came to an answer")


def test_shadows_that_hang_do_not_touch_the_champion(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    service.endpoints.set_traffic(ADA, "income", Traffic(shadow=["challenger"]), Decision(BY))
    serving, hanging = Serving(service), HangingModel()
    shadow = service.versions.get(ADA, "income", 2).model_id
    real = serving.models.servable
    monkeypatch.setattr(
        serving.models, "servable", lambda record, runtime: hanging if record.id == shadow else real(record, runtime)
    )

    def skipped() -> float:
        return REGISTRY.get_sample_value("nobrains_shadow_skipped_total") or 0

    before = skipped()
    with ThreadPoolExecutor(32) as pool:
        answered = list(pool.map(lambda _: version(serving), range(400)))
    assert answered == [1] * 400
    assert skipped() - before == 400 - 256 - 2
    hanging.release.set()


def test_an_alias_of_the_shadow_that_leads_to_the_version_that_answers_predicts_nothing(service: Service) -> None:
    service.endpoints.set_alias(ADA, "income", "same", 1, Decision(BY))
    service.endpoints.set_traffic(ADA, "income", Traffic(shadow=["same"]), Decision(BY))
    serving = Serving(service)
    offered: list[object] = []
    serving.shadows.offer = offered.append  # type: ignore[method-assign]
    assert version(serving) == 1
    assert offered == []


def test_the_columns_of_every_version_that_may_see_the_rows_are_read(service: Service) -> None:
    service.endpoints.set_traffic(ADA, "income", Traffic({"challenger": 0.5}), Decision(BY))
    serving = Serving(service)
    assert set(serving.columns_read(serving.locate(ADA, "income"))) == {"size", "colour"}
    assert set(serving.columns_read(serving.locate(ADA, "income", "2"))) == {"size", "colour"}
