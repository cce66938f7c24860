"""Endpoints: what goes out, and what comes back as records."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from flask import Flask, Response, request

import nobrains_client as sdk
from nobrains_client import Client, Endpoint

INFO = {
    "name": "income",
    "created_at": "2026-11-30T12:00:00Z",
    "revision": 4,
    "aliases": {"champion": 2, "next": 3},
    "traffic": {"split": {"next": 0.1}, "sticky": "key", "shadow": ["next"]},
    "health": "ok",
    "note": "",
}
CHANGE = {"seq": 4, "action": "alias.set", "alias": "champion", "from": 1, "to": 2, "by": "user/u", "why": "Better",
          "aliases": {"champion": 2}, "traffic": INFO["traffic"]}  # fmt: skip
VERSIONS = [{"version": 2, "model_id": "m2"}, {"version": 1, "model_id": "m1"}]


@pytest.fixture
def sent(app: Flask) -> list[tuple[str, str, Any]]:
    """The calls that changed something, as (method, path, body), to a service that has one endpoint."""
    calls: list[tuple[str, str, Any]] = []

    @app.before_request
    def note() -> None:
        if request.method != "GET":
            calls.append((request.method, request.path.removeprefix("/api/v1"), request.get_json(silent=True)))

    base = "/api/v1/endpoints/income"
    app.get("/api/v1/endpoints")(lambda: {"items": [INFO]})
    app.post("/api/v1/endpoints")(lambda: (INFO, 201))
    app.get(base)(lambda: INFO)
    app.get(f"{base}/versions")(lambda: {"items": VERSIONS})
    app.get(f"{base}/versions/champion")(lambda: VERSIONS[0])
    app.post(f"{base}/versions")(lambda: ({"version": 3, "model_id": "m3"}, 201))
    app.get(f"{base}/changes")(lambda: {"items": [CHANGE]})
    app.put(f"{base}/aliases/<alias>")(lambda alias: INFO)
    app.put(f"{base}/traffic")(lambda: INFO)
    app.patch(base)(lambda: {**INFO, "lookup": [{"source_id": "s1", "by": "patient", "state": "ready"}]})
    app.post(f"{base}/rollback")(lambda: INFO)
    app.delete(f"{base}/aliases/next")(lambda: ("", 204))
    app.delete(f"{base}/versions/2")(lambda: ("", 204))
    app.delete(base)(lambda: ("", 204))
    return calls


@pytest.fixture
def endpoint(client: Client, sent: list[Any]) -> Endpoint:
    return client.endpoint("income")


def test_an_endpoint_is_opened_without_a_request(client: Client) -> None:
    assert repr(client.endpoint("nowhere")) == "Endpoint('nowhere')"
    assert client.endpoint(sdk.EndpointInfo(name="income")).name == "income"


def test_its_state_is_a_record(endpoint: Endpoint, client: Client) -> None:
    info = endpoint.info()
    assert (info.champion, info.revision, info.health) == (2, 4, "ok")
    assert info.traffic == sdk.Traffic(split={"next": 0.1}, sticky="key", shadow=("next",))
    assert [each.name for each in client.endpoints()] == ["income"]
    assert sdk.EndpointInfo(name="new").champion is None


def test_a_change_says_from_which_version_to_which(endpoint: Endpoint) -> None:
    (change,) = endpoint.changes()
    assert (change.seq, change.from_version, change.to_version, change.why) == (4, 1, 2, "Better")
    assert change.raw == CHANGE


def test_a_version_is_promoted_by_its_number_or_record(endpoint: Endpoint, sent: list[Any]) -> None:
    endpoint.promote(2, why="Better")
    endpoint.promote(endpoint.version("champion"), "next")
    assert sent == [
        ("PUT", "/endpoints/income/aliases/champion", {"version": 2, "why": "Better"}),
        ("PUT", "/endpoints/income/aliases/next", {"version": 2}),
    ]


def test_a_model_that_is_a_version_already_is_not_registered_again(endpoint: Endpoint, sent: list[Any]) -> None:
    endpoint.promote("m1")
    endpoint.promote(sdk.Model(id="m9"), force_signature=True)
    assert sent == [
        ("PUT", "/endpoints/income/aliases/champion", {"version": 1}),
        ("POST", "/endpoints/income/versions", {"model_id": "m9", "force_signature": True}),
        ("PUT", "/endpoints/income/aliases/champion", {"version": 3}),
    ]


def test_all_other_changes_go_out_as_the_api_wants_them(endpoint: Endpoint, client: Client, sent: list[Any]) -> None:
    client.create_endpoint("income", "m1", note="Who earns more?")
    assert endpoint.register("m3", note="n", tags={"a": "b"}, why="w").version == 3
    endpoint.traffic({"next": 0.1}, sticky="key", shadow=["next"], why="w")
    endpoint.traffic()
    endpoint.rollback()
    endpoint.rollback(to=2, why="w")
    endpoint.delete_alias("next")
    endpoint.delete_version(2)
    endpoint.delete()
    at = "/endpoints/income"
    assert sent == [
        ("POST", "/endpoints", {"name": "income", "model_id": "m1", "note": "Who earns more?"}),
        ("POST", f"{at}/versions", {"model_id": "m3", "note": "n", "tags": {"a": "b"}, "why": "w"}),
        ("PUT", f"{at}/traffic", {"split": {"next": 0.1}, "sticky": "key", "shadow": ["next"], "why": "w"}),
        ("PUT", f"{at}/traffic", {"split": {}, "sticky": "request", "shadow": []}),
        ("POST", f"{at}/rollback", {}),
        ("POST", f"{at}/rollback", {"to": 2, "why": "w"}),
        ("DELETE", f"{at}/aliases/next", None),
        ("DELETE", f"{at}/versions/2", None),
        ("DELETE", at, None),
    ]


def test_one_that_is_there_may_be_wanted(app: Flask, client: Client, problem: Any) -> None:
    app.post("/api/v1/endpoints")(lambda: problem(409, "ENDPOINT_EXISTS"))
    assert client.create_endpoint("income", exist_ok=True).name == "income"
    with pytest.raises(sdk.Conflict):
        client.create_endpoint("income")


def test_another_conflict_is_not_swallowed(app: Flask, client: Client, problem: Any) -> None:
    app.post("/api/v1/endpoints")(lambda: problem(409, "QUOTA_EXCEEDED"))
    with pytest.raises(sdk.Conflict, match="QUOTA_EXCEEDED"):
        client.create_endpoint("income", exist_ok=True)


def test_rows_are_predicted_with_keys_and_a_version(app: Flask, client: Client) -> None:
    @app.post("/api/v1/endpoints/income/predict")
    def predict() -> Any:
        assert request.args["version"] == "next"
        assert request.get_json() == {"instances": [{"age": 31}], "explain": False, "strict": False,
                                      "keys": ["ada"], "probabilities": False}  # fmt: skip
        return {"predictions": [">50K"], "prediction_ids": ["p1"], "version": 3, "alias": "next"}

    answer = client.endpoint("income").predict([{"age": 31}], keys=["ada"], version="next", probabilities=False)
    assert (answer.predictions, answer.prediction_ids) == ((">50K",), ("p1",))
    assert (answer.version, answer.alias, answer.probabilities) == (3, "next", None)


def test_tables_are_predicted_and_ids_stay_text(app: Flask, client: Client, tmp_path: Path) -> None:
    @app.post("/api/v1/endpoints/income/predict")
    def predict() -> Response:
        assert request.args.to_dict() == {"version": "2", "delimiter": ";"}
        body = "a;prediction;probability_00;probability_01;prediction_warnings;prediction_id\n1;01;0.1;0.9;;0012\n"
        return Response(body, mimetype="text/csv", headers={"CSV-Delimiter": "%3B"})

    (tmp_path / "new.csv").write_text("a\n1\n")
    endpoint = client.endpoint("income")
    frame = endpoint.predict(tmp_path / "new.csv", version=2, reading={"delimiter": ";"})
    assert frame.iloc[0][["prediction", "prediction_id"]].to_list() == ["01", "0012"]
    path = endpoint.predict(tmp_path / "new.csv", version=2, reading={"delimiter": ";"}, output=tmp_path / "out.csv")
    assert path.read_text().startswith("a;prediction")


def test_keys_are_for_rows(client: Client) -> None:
    with pytest.raises(ValueError, match="to_dict"):
        client.endpoint("income").predict(pd.DataFrame({"a": [1]}), keys=["x"])  # type: ignore[call-overload]


def test_columns_are_looked_up_by_the_keys_of_sources(endpoint: Endpoint, sent: list[Any]) -> None:
    info = endpoint.lookup({"s1": "patient", "s2": ("shop", "day")})
    assert info.lookup == ({"source_id": "s1", "by": "patient", "state": "ready"},)
    endpoint.lookup({})
    wanted = [{"source_id": "s1", "by": "patient"}, {"source_id": "s2", "by": ["shop", "day"]}]
    assert sent == [
        ("PATCH", "/endpoints/income", {"lookup": wanted}), ("PATCH", "/endpoints/income", {"lookup": []}),
    ]  # fmt: skip
