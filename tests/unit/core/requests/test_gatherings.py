"""Datasets of requests: one for one request, whatever fails on the way, counted once, and gone with what they need."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from core.datasets.datasets import profile_ref
from core.domain.records import Dataset
from core.errors import Conflict, Invalid, NotFound, Unavailable
from core.ports import BlobInfo
from core.requests.gatherings import GatherSpec, gather_ref, is_awaited
from core.service import Service
from core.tasks.messages import TaskMessage
from tests.unit.core.endpoints.conftest import Served, served  # noqa: F401

NOTHING = {"types": {}, "column_options": {}}


class FailingTables:
    """Tables of which one call raises Unavailable, before or after it was carried out."""

    def __init__(self, tables: Any, fails_at: int, *, lands: bool) -> None:
        self._tables = tables
        self._left = fails_at
        self._lands = lands

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._tables, name)

        def counted(*args: Any, **options: Any) -> Any:
            self._left -= 1
            if self._left == 0:
                if self._lands:
                    call(*args, **options)
                raise Unavailable("the tables are away")
            return call(*args, **options)

        return counted


@pytest.fixture
def income(served: Served) -> Served:  # noqa: F811
    served.endpoint(versions=2)
    return served


def gather(served: Served, key: str | None = None, **spec: Any) -> Dataset:  # noqa: F811
    return served.service.gatherings.create(served.user_id, "income", GatherSpec(**spec), key)


@pytest.mark.parametrize("lands", [False, True])
def test_a_request_that_is_sent_again_makes_one_dataset_wherever_it_was_cut_off(
    income: Served, service: Service, lands: bool
) -> None:
    gatherings, tables = service.gatherings, service.ports.tables
    made = 0
    for fails_at in range(1, 60):
        key = f"{fails_at}"
        gatherings.tables = gatherings.endpoints.tables = FailingTables(tables, fails_at, lands=lands)  # type: ignore
        try:
            gather(income, key)
            break
        except Unavailable:
            pass
        finally:
            gatherings.tables = gatherings.endpoints.tables = tables
        dataset = gather(income, key)
        made += 1
        assert is_awaited(dataset)
        assert gather(income, key).id == dataset.id
        assert service.claims.claim(TaskMessage(gather_ref(dataset)), "worker") is not None
    assert made > 5
    made += 1
    assert len(tables.scan(f"dataset#{income.user_id}#")) == made
    assert len(tables.scan(f"stored_bytes#{income.user_id}#")) == made


def test_the_file_of_the_first_worker_counts_and_what_the_user_has_said_meanwhile_prevails(
    income: Served, service: Service
) -> None:
    dataset = gather(income)
    ref = gather_ref(dataset)
    reading = {"types": {"age": "number", "city": "category"}, "column_options": {}}
    first = service.gatherings.record(ref, BlobInfo("first", 10, "s"), {"rows": 3}, reading)
    second = service.gatherings.record(ref, BlobInfo("second", 10, "s"), {"rows": 4}, NOTHING)
    assert first is not None
    assert second is not None
    assert (first.blob, second.blob) == ("first", "first")
    assert (first.types["city"], (first.origin or {})["rows"]) == ("category", 3)
    assert not first.is_converted
    assert service.ports.tables.get(f"stored_bytes#{income.user_id}#{dataset.id}") == b"10"


def test_a_profile_does_not_begin_before_there_are_rows(income: Served, service: Service) -> None:
    dataset = gather(income)
    service.datasets.update(income.user_id, dataset.id, {"name": "renamed"})
    service.work.enqueue(profile_ref(dataset))
    assert service.claims.claim(TaskMessage(profile_ref(dataset)), "worker") is None
    with pytest.raises(Conflict, match="NOT_CONVERTED"):
        service.datasets.files.original(dataset)


def test_a_version_or_endpoint_that_there_is_not_makes_no_dataset(income: Served, service: Service) -> None:
    for spec in ({"version": 7}, {"version": "nobody"}):
        with pytest.raises(NotFound):
            gather(income, **spec)
    with pytest.raises(NotFound):
        service.gatherings.create(income.user_id, "nothing", GatherSpec())
    assert not service.ports.tables.scan(f"dataset#{income.user_id}#")


def test_what_is_asked_for_is_told(income: Served) -> None:
    made = gather(income, version="champion", labelled=False, sample=0.5, from_=datetime(2026, 3, 1, tzinfo=UTC))
    origin = made.origin or {}
    assert (origin["kind"], origin["endpoint"], origin["version"]) == ("requests", "income", 1)
    assert (origin["from"], origin["labelled"], origin["sample"]) == ("2026-03-01T00:00:00.000Z", False, 0.5)


def test_a_key_with_too_many_characters_is_refused(income: Served, service: Service) -> None:
    for key in ("", "k" * 201):
        with pytest.raises(Invalid):
            service.erasures.request(income.user_id, "income", key)
