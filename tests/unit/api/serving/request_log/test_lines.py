"""Requests are kept as they are answered, as far as they are to be."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.serving.request_log.logged_request import dump, is_sampled
from api.serving.rows import Rows
from api.serving.serving import Serving
from core.domain.endpoints import Decision, NewVersion, Traffic
from core.domain.prediction_ids import PredictionIds
from core.domain.records import Json
from core.ports import Ports
from core.requests.request_pages import RequestPages, RequestQuery
from core.service import Service
from core.settings import Settings
from tests.unit.api.serving.request_log.conftest import (
    ADA,
    BY,
    COLUMNS,
    BlobsThatFail,
    endpoint,
    kept,
    predict,
)
from tests.unit.api.trained import store
from tests.waiting import wait_for


def test_a_line_says_what_was_asked_and_what_was_answered(service: Service, serving: Serving) -> None:
    served = serving.locate(ADA, "income")
    predicted = serving.predict(served, Rows(COLUMNS, 1, ["row-7"]))
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
    predicted = serving.predict(serving.locate(ADA, "income"), Rows(columns, 40, keys))
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
