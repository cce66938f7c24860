"""Columns that a request lacks, looked up in a source by a key that it brings."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.serving.serving import EXTENSION, Serving
from core.domain.endpoints import Decision, Traffic
from core.errors import Conflict
from core.requests.request_pages import RequestQuery
from core.service import Service
from tests.unit.api.routes.endpoints.conftest import BY, Post
from tests.unit.keyed_source import KeyedSource
from tests.waiting import wait_for

Ask = Callable[..., TestResponse]
TABLE = "patient,size,colour,note\n7,2.5,red,a\n8,-2.5,green,b\n9,,red,c\n"
SEVEN, EIGHT = {"size": 2.5, "colour": "red"}, {"size": -2.5, "colour": "green"}


@pytest.fixture
def patients(service: Service, ada_id: str, income: str, tmp_path: Path) -> KeyedSource:
    """A source that the endpoint looks up."""
    source = KeyedSource(service, ada_id, tmp_path / "folders")
    source.fetch(TABLE)
    source.look_up(income)
    return source


def labels(answer: TestResponse) -> list[Any]:
    assert answer.status_code == 200, answer.get_json()
    return list(answer.get_json()["probabilities"])


@pytest.fixture
def expected(post: Post, patients: KeyedSource) -> list[Any]:
    """What is predicted where the request brings all columns."""
    return labels(post(json={"instances": [SEVEN, EIGHT]}))


@pytest.mark.parametrize("keys", [[7, 8], ["7", "8"], [7.0, "8.0"], [" 7", "8 "]])
def test_a_request_that_brings_keys_alone_is_answered_as_one_that_brings_all(
    post: Post, expected: list[Any], keys: list[Any]
) -> None:
    answer = post(json={"instances": [{"patient": key} for key in keys]})
    assert labels(answer) == expected
    assert "warnings" not in answer.get_json()


def test_what_a_request_brings_is_never_overridden_row_by_row(post: Post, patients: KeyedSource) -> None:
    sent = [{"patient": 7, "size": -2.5}, {"patient": 7, "size": None, "colour": "green"}, {"patient": 8}]
    whole = [{"size": -2.5, "colour": "red"}, {"size": None, "colour": "green"}, EIGHT]
    assert labels(post(json={"instances": sent})) == labels(post(json={"instances": whole}))


def test_a_key_that_is_not_there_gives_nulls_and_is_told(post: Post, patients: KeyedSource) -> None:
    answer = post(json={"instances": [{"patient": "nobody"}, {"patient": 7}, {"patient": None}]})
    nulls = post(json={"instances": [{"size": None, "colour": None}]})
    assert labels(answer)[0] == labels(answer)[2] == labels(nulls)[0]
    [told] = [each for each in answer.get_json()["warnings"] if each["reason"] == "KEY_NOT_FOUND"]
    assert (told["column"], told["count"], told["examples"]) == ("patient", 2, ["nobody"])
    assert "nobody" in told["detail"]
    strict = post(json={"instances": [{"patient": "nobody"}], "strict": True})
    assert (strict.status_code, strict.get_json()["reason"]) == (422, "INPUT_NOT_USABLE")


def test_a_key_beside_all_columns_is_not_looked_up(post: Post, patients: KeyedSource) -> None:
    answer = post(json={"instances": [{"patient": "nobody", **SEVEN}]})
    assert labels(answer) == labels(post(json={"instances": [SEVEN]}))
    assert "warnings" not in answer.get_json()


def test_without_the_key_a_request_is_as_without_a_lookup(post: Post, patients: KeyedSource) -> None:
    answer = post(json={"instances": [{"colour": "red"}]})
    assert (answer.status_code, answer.get_json()["reason"]) == (422, "MISSING_FEATURE")


def test_the_rows_of_a_request_are_read_in_one_go_and_remembered(
    app: Flask, service: Service, post: Post, patients: KeyedSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[int] = []
    get_many = service.features.tables.get_many

    def counted(keys: list[str]) -> dict[str, bytes]:
        reads.extend([len(keys)] if keys and keys[0].startswith("feature#") else [])
        return get_many(keys)

    monkeypatch.setattr(service.features.tables, "get_many", counted)
    instances = [{"patient": key} for key in [7, 8, 9, 7, "nobody"]]
    for _ in range(3):
        assert post(json={"instances": instances}).status_code == 200
    assert reads == [4]


def test_the_next_fetch_is_seen(post: Post, patients: KeyedSource) -> None:
    instances = [{"patient": 7}]
    before = labels(post(json={"instances": instances}))
    patients.fetch("patient,size,colour,note\n7,-2.5,green,a\n")
    wanted = labels(post(json={"instances": [EIGHT]}))
    assert wanted != before
    wait_for(lambda: labels(post(json={"instances": instances})) == wanted)
    assert post(json={"instances": [{"patient": 8}]}).get_json()["warnings"][0]["reason"] == "KEY_NOT_FOUND"


def test_what_was_filled_in_is_kept_with_the_request(
    app: Flask, service: Service, ada_id: str, post: Post, patients: KeyedSource
) -> None:
    post(json={"instances": [{"patient": 7, "colour": "green"}]})
    body = b"patient,colour\n8,red\n"
    assert post(data=body, headers={"Content-Type": "text/csv"}).status_code == 200
    serving: Serving = app.extensions[EXTENSION]
    serving.log.close()
    endpoint = service.endpoints.get(ada_id, "income")
    lines = serving.requests.page(endpoint, RequestQuery(), 10).items
    assert sorted((line["x"] for line in lines), key=str) == [
        {"colour": "green", "size": 2.5}, {"colour": "red", "size": -2.5},
    ]  # fmt: skip


def test_a_split_and_an_explanation_see_what_was_looked_up(
    service: Service, ada_id: str, post: Post, expected: list[Any]
) -> None:
    traffic = Traffic({"challenger": 0.5}, "key", ["challenger"])
    service.endpoints.set_traffic(ada_id, "income", traffic, Decision(BY))
    keys = [f"row {number}" for number in range(20)]

    def answer() -> Any:
        return post(json={"instances": [{"patient": 7}] * 20, "keys": keys, "explain": True}).get_json()

    wait_for(lambda: len(set(answer().get("versions", ()))) == 2)
    found = answer()
    assert found["probabilities"] == [expected[0]] * 20
    assert all(set(each) == {"size", "colour"} for each in found["explanations"])


def test_a_table_gets_the_columns_that_it_lacks(post: Post, patients: KeyedSource) -> None:
    def send(body: str, **query: Any) -> TestResponse:
        return post(data=body.encode(), headers={"Content-Type": "text/csv"}, query=query)

    answer = send("patient,colour\n7,red\n8,green\nnobody,red\n")
    whole = send("size,colour\n2.5,red\n-2.5,green\n,red\n")
    assert answer.status_code == 200, answer.get_json()
    found, wanted = (list(csv.DictReader(io.StringIO(each.get_data(as_text=True)))) for each in (answer, whole))
    assert [row["prediction"] for row in found] == [row["prediction"] for row in wanted]
    assert [row["probability_yes"] for row in found] == [row["probability_yes"] for row in wanted]
    assert list(found[0])[:2] == ["patient", "colour"]
    assert [row["prediction_warnings"] for row in found[:2]] == ["", ""]
    assert "nothing is known under the key 'nobody'" in found[2]["prediction_warnings"]
    strict = send("patient,colour\n7,red\nnobody,red\n", strict="true")
    assert (strict.status_code, strict.get_json()["reason"]) == (422, "INPUT_NOT_USABLE")
    assert send("patient,colour\n7,red\n8,green\n", strict="true").status_code == 200


def test_a_lookup_is_said_in_the_endpoint_and_in_its_log(ask: Ask, patients: KeyedSource) -> None:
    told = ask("GET", "/endpoints/income").get_json()
    [lookup] = told["lookup"]
    assert (lookup["source_id"], lookup["by"], lookup["state"], lookup["rows"]) == (patients.id, "patient", "ready", 3)
    change = told["newest_change"]
    assert (change["action"], change["lookup"]) == ("lookup.set", [{"source_id": patients.id, "by": "patient"}])
    ended = ask("PATCH", "/endpoints/income", json={"lookup": [], "note": "without"}).get_json()
    assert (ended["lookup"], ended["note"], ended["newest_change"]["lookup"]) == ([], "without", [])
    again = ask("PATCH", "/endpoints/income", json={"lookup": []}).get_json()
    assert again["newest_change"]["seq"] == ended["newest_change"]["seq"]


def test_whoever_has_seen_another_state_changes_no_lookup(ask: Ask, patients: KeyedSource) -> None:
    seen = ask("GET", "/endpoints/income").headers["ETag"]
    both = {"lookup": [], "note": "new"}
    assert ask("PATCH", "/endpoints/income", json=both, headers={"If-Match": seen}).status_code == 200
    stale = ask("PATCH", "/endpoints/income", json=both, headers={"If-Match": seen})
    assert (stale.status_code, stale.get_json()["reason"]) == (412, "CHANGED_MEANWHILE")


def test_a_lookup_that_cannot_work_is_refused(
    ask: Ask, service: Service, ada_id: str, patients: KeyedSource, tmp_path: Path
) -> None:
    bare = KeyedSource(service, ada_id, tmp_path / "bare", key=(), name="bare")
    other = KeyedSource(service, ada_id, tmp_path / "other", name="other")
    other.fetch("patient,shoe\n7,42\n")

    def refused(*lookup: Any) -> tuple[int, str, str]:
        answer = ask("PATCH", "/endpoints/income", json={"lookup": list(lookup)})
        problem = answer.get_json()
        return answer.status_code, problem["reason"], problem["detail"]

    assert refused({"source_id": "nowhere", "by": "patient"})[:2] == (404, "NOT_FOUND")
    for lookup, why in (
        ({"source_id": patients.id, "by": "size"}, "'patient'"),
        ({"source_id": patients.id, "by": ["patient", "day"]}, "'patient'"),
        ({"source_id": bare.id, "by": "patient"}, "`key`"),
        ({"source_id": other.id, "by": "patient"}, "'shoe'"),
    ):
        status, reason, detail = refused(lookup)
        assert (status, reason) == (422, "BAD_LOOKUP")
        assert why in detail
    assert refused(*[{"source_id": patients.id, "by": "patient"}] * 2)[1] == "BAD_LOOKUP"
    for by in (None, 7, "", [], ["a", 7], {"a": 1}):
        assert refused({"source_id": patients.id, "by": by})[:2] == (422, "VALIDATION_FAILED")


def test_a_source_that_is_looked_up_is_not_deleted(
    service: Service, ada_id: str, ask: Ask, patients: KeyedSource
) -> None:
    with pytest.raises(Conflict, match="SOURCE_IN_USE"):
        service.sources.delete(ada_id, patients.id)
    ask("DELETE", "/endpoints/income")
    service.sources.delete(ada_id, patients.id)


def test_somebody_elses_source_is_not_there(
    client: FlaskClient, sign_in: Callable[..., dict[str, str]], patients: KeyedSource
) -> None:
    bob = sign_in("bob")
    assert client.post("/api/v1/endpoints", json={"name": "income"}, headers=bob).status_code == 201
    body = {"lookup": [{"source_id": patients.id, "by": "patient"}]}
    assert client.patch("/api/v1/endpoints/income", json=body, headers=bob).status_code == 404
