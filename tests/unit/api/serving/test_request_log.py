"""Requests are kept as they are answered: over the embedded store, one that is away or full, and the simulation's."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.serving.logged_request import dump, is_sampled
from api.serving.serving import Serving
from core.domain.endpoints import Decision, Endpoint, NewVersion, Traffic
from core.domain.prediction_ids import PredictionIds
from core.domain.records import Json
from core.errors import StorageFull, Unavailable
from core.observability.metrics import REGISTRY
from core.ports import Blobs, Ports
from core.requests.request_pages import RequestPages, RequestQuery
from core.service import Service
from core.settings import Settings
from tests.unit.api.trained import store
from tests.waiting import wait_for

ADA, BY = "ada", "user/ada"
EVER = (datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
COLUMNS: dict[str, list[Any]] = {"size": [2.5], "colour": ["red"]}


class BlobsThatFail:
    """Blobs of which each write fails while there is a failure to have."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self.failure: Exception | None = None
        self.hold = threading.Event()
        self.hold.set()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._blobs, name)

    def write(self, *args: Any, **kwargs: Any) -> Any:
        self.hold.wait()
        if self.failure is not None:
            raise self.failure
        return self._blobs.write(*args, **kwargs)


@pytest.fixture
def blobs(ports: Ports) -> BlobsThatFail:
    return BlobsThatFail(ports.blobs)


@pytest.fixture
def service(blobs: BlobsThatFail, ports: Ports, settings: Settings) -> Service:
    made = Service(Ports(ports.tables, blobs, ports.queue), settings)  # type: ignore[arg-type]
    made.endpoints.create(ADA, "income", BY, model_id=store(made, ADA).id)
    return made


@pytest.fixture
def serving(service: Service) -> Iterator[Serving]:
    made = Serving(service)
    yield made
    made.close()


def endpoint(service: Service) -> Endpoint:
    return service.endpoints.get(ADA, "income")


def kept(service: Service) -> list[Json]:
    pages = RequestPages(service.ports, lambda segment: [])
    return pages.page(endpoint(service), RequestQuery(), 1000).items


def predict(serving: Serving, n: int = 1, **more: Any) -> list[str]:
    columns = {name: cells * n for name, cells in COLUMNS.items()}
    return serving.predict(serving.locate(ADA, "income"), columns, n, **more).prediction_ids


def lost(why: str) -> float:
    return REGISTRY.get_sample_value("nobrains_requests_not_logged_total", {"why": why}) or 0.0


def test_a_line_says_what_was_asked_and_what_was_answered(service: Service, serving: Serving) -> None:
    served = serving.locate(ADA, "income")
    predicted = serving.predict(served, COLUMNS, 1, keys=["row-7"])
    serving.close()
    [line] = kept(service)
    assert line["id"] == predicted.prediction_ids[0]
    assert (line["v"], line["alias"], line["key"], line["rt"]) == (1, "champion", "row-7", "engine")
    assert line["x"] == {"size": 2.5, "colour": "red"}
    assert line["y"] == predicted.predictions[0]
    assert line["p"] == predicted.raw[0].tolist()
    assert line["ms"] > 0


def test_a_segment_is_written_while_the_process_goes_on(service: Service, serving: Serving) -> None:
    ids = predict(serving, 3)
    wait_for(lambda: [line["id"] for line in kept(service)] == ids[::-1], patience_s=20)


def test_a_process_that_is_told_to_go_keeps_everything_before(service: Service, serving: Serving) -> None:
    ids = [id for _ in range(40) for id in predict(serving)]
    serving.close()
    assert [line["id"] for line in kept(service)] == ids[::-1]


def test_many_rows_fill_several_segments(service: Service, serving: Serving) -> None:
    ids = predict(serving, 9000)
    serving.close()
    found = list(service.requests.blobs.names(f"{ADA}/requests/"))
    assert len(found) == 2
    pages = RequestPages(service.ports, lambda segment: [])
    assert [line["id"] for line in pages.page(endpoint(service), RequestQuery(), 9001).items] == ids[::-1]


def test_a_row_of_a_split_has_its_own_version_and_shadows_stand_beside_it(service: Service, serving: Serving) -> None:
    for alias, number in (("challenger", 2), ("candidate", 3)):
        service.versions.register(ADA, "income", NewVersion(store(service, ADA).id, BY))
        service.endpoints.set_alias(ADA, "income", alias, number, Decision(BY))
    traffic = Traffic({"challenger": 0.5}, "key", ["candidate"])
    service.endpoints.set_traffic(ADA, "income", traffic, Decision(BY))
    keys = [f"row-{number}" for number in range(40)]
    columns = {name: cells * 40 for name, cells in COLUMNS.items()}
    predicted = serving.predict(serving.locate(ADA, "income"), columns, 40, keys=keys)
    wait_for(lambda: len(kept(service)) == 40, patience_s=20)
    by_id = {line["id"]: line for line in kept(service)}
    for row, served in enumerate(predicted.served_by_row()):
        line = by_id[predicted.prediction_ids[row]]
        assert (line["v"], line["alias"], line["key"]) == (served.version, served.alias, keys[row])
        assert line["shadow"]["3"]["y"] == predicted.predictions[row]
        assert len(line["shadow"]["3"]["p"]) == 2
    assert {line["v"] for line in by_id.values()} == {1, 2}


@pytest.mark.parametrize(
    ("log", "expected"),
    [
        ({"columns": []}, {}),
        ({"columns": ["colour"]}, {"colour": "red"}),
        ({"columns": None}, {"size": 2.5, "colour": "red"}),
    ],
)
def test_inputs_that_are_not_to_be_kept_are_not(
    service: Service, serving: Serving, log: Json, expected: dict[str, Any]
) -> None:
    service.endpoints.patch(ADA, "income", {"log": log})
    predict(serving)
    serving.close()
    [line] = kept(service)
    assert line["x"] == expected


def test_a_sample_keeps_its_share_and_none_keeps_nothing(service: Service, serving: Serving) -> None:
    service.endpoints.patch(ADA, "income", {"log": {"sample": 0.25}})
    predict(serving, 2000)
    wait_for(lambda: bool(kept(service)), patience_s=20)
    assert 400 <= len(kept(service)) <= 600
    service.endpoints.patch(ADA, "income", {"log": {"sample": 0.0}})
    wait_for(lambda: serving.known.endpoint(ADA, "income").log["sample"] == 0.0)
    before = len(kept(service))
    predict(serving, 100)
    serving.close()
    assert len(kept(service)) == before


IDS = st.lists(st.text("0123456789abcdefghijklmnopqrstuv", min_size=20, max_size=20))


@given(IDS, st.floats(0, 1), st.floats(0, 1))
def test_a_larger_sample_has_all_rows_of_a_smaller_one(ids: list[str], one: float, other: float) -> None:
    smaller, larger = sorted((one, other))
    taken = [{id for id in ids if is_sampled(id, share)} for share in (smaller, larger)]
    assert taken[0] <= taken[1]


def test_a_service_that_keeps_nothing_keeps_nothing(blobs: BlobsThatFail, ports: Ports, settings: Settings) -> None:
    settings.values["serving_log"] = "off"
    service = Service(Ports(ports.tables, blobs, ports.queue), settings)  # type: ignore[arg-type]
    service.endpoints.create(ADA, "income", BY, model_id=store(service, ADA).id)
    serving = Serving(service)
    predict(serving, 10)
    serving.close()
    assert kept(service) == []


@pytest.mark.parametrize("failure", [Unavailable("away"), StorageFull("no room"), OSError("a fault of ours")])
def test_a_store_that_is_away_or_full_fails_no_prediction_and_loses_nothing_that_fits(
    service: Service, serving: Serving, blobs: BlobsThatFail, failure: Exception
) -> None:
    predict(serving)  # The model is loaded.
    blobs.failure = failure
    ids = predict(serving, 5)
    wait_for(lambda: serving.log._writer.is_away, patience_s=20)
    ids += predict(serving, 5)
    blobs.failure = None
    wait_for(lambda: len(kept(service)) == 11, patience_s=30)
    assert {line["id"] for line in kept(service)} >= set(ids)


def test_what_a_store_never_takes_is_counted(service: Service, serving: Serving, blobs: BlobsThatFail) -> None:
    before = lost("storage")
    blobs.failure = Unavailable("away")
    predict(serving, 7)
    serving.close()
    assert lost("storage") == before + 7


def test_what_has_no_room_in_memory_is_counted_and_told_in_the_log(service: Service, blobs: BlobsThatFail) -> None:
    serving = Serving(service)
    serving.log._max_bytes = 10_000
    before = lost("memory")
    predict(serving)
    for _ in range(50):
        predict(serving, 100)
    gone = lost("memory") - before
    assert gone > 0
    serving.close()
    assert len(kept(service)) == 5001 - gone
    [*segments] = service.requests.segments(endpoint(service), *EVER)
    assert sum(segment.lost for segment in segments) == gone


def test_a_durable_request_is_kept_once_it_is_answered(service: Service, serving: Serving) -> None:
    service.endpoints.patch(ADA, "income", {"log": {"durable": True}})
    for count in range(1, 4):
        [id] = predict(serving)
        assert kept(service)[0]["id"] == id
        assert len(kept(service)) == count
    ids = predict(serving, 6000)  # Two segments.
    pages = RequestPages(service.ports, lambda segment: [])
    assert [line["id"] for line in pages.page(endpoint(service), RequestQuery(), 6000).items] == ids[::-1]


def test_durable_requests_that_come_together_are_written_together(service: Service, serving: Serving) -> None:
    service.endpoints.patch(ADA, "income", {"log": {"durable": True}})
    predict(serving)
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.extend(predict(serving))) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {line["id"] for line in kept(service)} >= set(found)
    assert len(list(service.requests.blobs.names(f"{ADA}/requests/"))) < 20


def test_a_durable_request_that_cannot_be_kept_is_not_answered(
    service: Service, serving: Serving, blobs: BlobsThatFail
) -> None:
    predict(serving)
    service.endpoints.patch(ADA, "income", {"log": {"durable": True}})
    wait_for(lambda: serving.known.endpoint(ADA, "income").log["durable"] is True)
    blobs.failure = StorageFull("no room")
    with pytest.raises(Unavailable):
        predict(serving)
    blobs.failure = None
    [id] = predict(serving)
    assert kept(service)[0]["id"] == id


def test_a_message_that_comes_again_is_one_request(service: Service, serving: Serving) -> None:
    ids = PredictionIds().make(2)
    predict(serving, 2, ids=ids)
    predict(serving, 2, ids=ids)
    serving.close()
    assert [line["id"] for line in kept(service)] == ids[::-1]


CELLS = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(), st.text(), st.just("half a \ud800 character")
)


@given(st.dictionaries(st.text(), CELLS))
def test_whatever_cells_a_request_has_its_line_is_json(cells: dict[str, Any]) -> None:
    line = dump({"id": "x", "x": cells})
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    found = json.loads(line.decode())["x"]
    for name, cell in cells.items():
        if isinstance(cell, float) and not math.isfinite(cell):
            assert found[name.encode("utf-8", "replace").decode()] is None
        elif isinstance(cell, int | float | bool):
            assert found[name.encode("utf-8", "replace").decode()] == cell
