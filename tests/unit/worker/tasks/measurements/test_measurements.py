"""A comparison as a worker makes it: a real child, real models, documents that go with what they are about."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from backends.factory import create_backends
from core.datasets.states import READY
from core.domain.comparisons import Comparison
from core.domain.ids import new_id, now
from core.domain.states import FAILED, FINAL, SUCCEEDED
from core.evaluations.comparisons import ComparisonView
from core.ports import PROFILE_QUEUE
from core.service import Service
from core.settings import Settings
from tests.unit.api.trained import store
from worker.worker import Worker

BODY = {"versions": [], "name": "March", "metric": "auto"}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    settings = Settings({}, data=str(tmp_path_factory.mktemp("data")))
    ports = create_backends(settings)
    yield Service(ports, settings)
    ports.close()


@pytest.fixture(scope="module")
def user_id(service: Service) -> str:
    return service.accounts.sign_up("ada", "correct horse").id


def csv() -> bytes:
    rng = random.Random(1)
    lines = ["size,colour,answer"]
    for _ in range(100):
        size, colour = rng.gauss(0, 1), rng.choice(["red", "green"])
        lines.append(f"{size:.3f},{colour},{'YES' if size + (colour == 'red') > 0.5 else '01'}")
    return "\n".join(lines).encode()


def compared(service: Service, user_id: str, table: bytes) -> ComparisonView:
    """Two models, compared by a worker on a new dataset."""
    models = [store(service, user_id).id for _ in range(2)]
    dataset = service.datasets.create(user_id, "march.csv", iter([table]))
    view = service.comparisons.submit(user_id, {**BODY, "models": models, "dataset_id": dataset.id})
    ref = service.comparisons.ref(user_id, view.record.id)
    while (state := service.work.state(ref)) is None or state.state not in FINAL:
        Worker(service, PROFILE_QUEUE).run(until_idle_s=1.5)
    assert service.datasets.get(user_id, dataset.id).state == READY
    return service.comparisons.get(user_id, view.record.id)


@pytest.fixture(scope="module")
def view(service: Service, user_id: str) -> ComparisonView:
    return compared(service, user_id, csv())


def test_a_worker_compares_and_stores_what_it_finds(service: Service, view: ComparisonView) -> None:
    assert view.task_state.state == SUCCEEDED, view.task_state.error
    found = service.comparisons.content(view)
    assert found is not None
    ids = view.record.model_ids
    assert [each["id"] for each in found["models"]] == ids
    assert found["rows"] == 100
    assert found["pairs"][0]["agreement"]["share"] == 1
    assert found["models"][0]["metrics"]["auc"]["value"] > 0.9
    assert view.task_state.result is not None
    assert view.task_state.result["best"] == {"id": ids[0], "as_good": [ids[1]]}
    page = b"".join(service.ports.blobs.read(service.comparisons.report(view).name)).decode()
    assert "<h1>March</h1>" in page
    assert "No clear winner" in page


def test_its_end_is_in_the_history_once(service: Service, user_id: str, view: ComparisonView) -> None:
    entries = [entry for entry in service.activity.page(user_id, 50).items if entry.action == "comparison.succeeded"]
    assert [entry.subject for entry in entries] == [f"comparison/{view.record.id}"]
    assert not list(service.ports.tables.scan("intent#", 100))


def test_it_goes_with_any_of_its_models(service: Service, user_id: str, view: ComparisonView) -> None:
    prefix = service.comparisons.blob_prefix(view.record)
    assert len(list(service.ports.blobs.names(prefix))) == 2
    service.eraser.model(user_id, view.record.model_ids[1])
    assert service.comparisons.find(user_id, view.record.id) is None
    assert not list(service.ports.blobs.names(prefix))
    other = service.ports.tables.scan(f"modelwork#{user_id}#{view.record.model_ids[0]}#", 10)
    assert other == []


def test_labels_that_no_model_knows_are_an_error_that_says_so(service: Service, user_id: str) -> None:
    table = csv().replace(b"YES", b"maybe").replace(b",01", b",never")
    failed = compared(service, user_id, table)
    assert failed.task_state.state == FAILED
    assert failed.task_state.error is not None
    assert failed.task_state.error["reason"] == "LABELS_UNKNOWN"
    assert "'maybe'" in failed.task_state.error["detail"]


def test_a_challenger_is_held_against_the_champion(service: Service, user_id: str) -> None:
    named = [{"model_id": store(service, user_id).id, "endpoint": None, "version": None} for _ in range(2)]
    dataset = service.datasets.create(user_id, "april.csv", iter([csv()]))
    gate = {"metric": "auto", "confidence": 0.95, "min_rows": 50, "is_test": True, "must_not_worsen": ["colour"]}
    view = service.comparisons.enqueue(Comparison(new_id(), user_id, dataset.id, now(), named, gate=gate))
    ref = service.comparisons.ref(user_id, view.record.id)
    while (state := service.work.state(ref)) is None or state.state not in FINAL:
        Worker(service, PROFILE_QUEUE).run(until_idle_s=1.5)
    assert state.state == SUCCEEDED, state.error
    found = (state.result or {})["gate"]
    assert (found["outcome"], found["gain"]["value"], found["rows"]) == ("not_better", 0.0, 100)
    assert {each["value"] for each in found["segments"]} == {"red", "green"}
    assert (state.result or {})["title"] == "The champion stays"
