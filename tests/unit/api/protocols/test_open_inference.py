"""The Open Inference Protocol over HTTP, by a really trained model."""

from __future__ import annotations

import gzip
import json
import struct
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from core.service import Service
from tests.unit.api.protocols.conftest import ROWS

Ask = Callable[..., TestResponse]
PATH = "/v2/models/answer/infer"


def inputs(n: int = 3) -> list[dict[str, Any]]:
    return [
        {"name": "size", "datatype": "FP64", "shape": [n], "data": (ROWS["size"] * n)[:n]},
        {"name": "colour", "datatype": "BYTES", "shape": [n], "data": (ROWS["colour"] * n)[:n]},
    ]


def body(n: int = 3, **members: Any) -> bytes:
    return json.dumps({"inputs": inputs(n), **members}).encode()


def output(answer: TestResponse, name: str) -> list[Any]:
    return list(next(each["data"] for each in answer.get_json(force=True)["outputs"] if each["name"] == name))


def test_the_server_is_open_to_all(client: FlaskClient) -> None:
    for path in ("/v2", "/v2/"):
        server = client.get(path).get_json()
        assert (server["name"], server["extensions"]) == ("nobrains", ["binary_tensor_data", "parameters"])
    assert client.get("/v2/health/live").get_json() == {"live": True}
    assert client.get("/v2/health/ready").get_json() == {"ready": True}


def test_models_are_the_endpoints(ask: Ask, prices: str, service: Service, ada_id: str) -> None:
    service.endpoints.create(ada_id, "empty", f"user/{ada_id}")
    assert ask("GET", "/v2/models").get_json() == {"models": ["answer", "empty", "prices"]}
    for path in ("", "/versions/1", "/versions/champion"):
        model = ask("GET", f"/v2/models/answer{path}").get_json()
        assert (model["name"], model["versions"], model["platform"]) == ("answer", ["1"], "nobrains")
        assert {(each["name"], each["datatype"]) for each in model["inputs"]} == {("size", "FP64"), ("colour", "BYTES")}
        assert ask("GET", f"/v2/models/answer{path}/ready").get_json() == {"name": "answer", "ready": True}
    index = ask("POST", "/v2/repository/index", data=b"").get_json()
    assert [(each["name"], each["version"], each["state"]) for each in index] == [
        ("answer", "1", "READY"), ("empty", "", "UNAVAILABLE"), ("prices", "1", "READY"),
    ]  # fmt: skip
    for path in ("/v2/models/none", "/v2/models/none/ready", "/v2/models/answer/versions/2", "/v2/models/empty/ready"):
        assert ask("GET", path).status_code == 404, path


def test_json_in_and_json_out(ask: Ask, expected: dict[str, list[Any]]) -> None:
    answer = ask("POST", PATH, data=body(id="42"))
    document = answer.get_json()
    assert (document["model_name"], document["model_version"], document["id"]) == ("answer", "1", "42")
    assert output(answer, "label") == expected["label"]
    assert np.array(output(answer, "probabilities")).reshape(3, 2) == pytest.approx(np.array(expected["probabilities"]))
    assert document["outputs"][1]["parameters"]["labels"] == expected["classes"]
    assert (answer.headers["X-Model-Version"], answer.headers["X-Model-Alias"]) == ("1", "champion")
    assert ask("POST", PATH, data=body()).get_json()["id"]


def test_numbers_are_predictions(ask: Ask, prices: str) -> None:
    answer = ask("POST", "/v2/models/prices/versions/1/infer", data=body(2))
    (only,) = answer.get_json()["outputs"]
    assert (only["name"], only["datatype"], only["shape"]) == ("prediction", "FP64", [2])
    assert only["data"][0] == pytest.approx(25, abs=5)


@pytest.mark.parametrize("content_type", ["", "application/json", "application/octet-stream", "text/plain"])
def test_media_types_are_not_looked_at(ask: Ask, expected: dict[str, list[Any]], content_type: str) -> None:
    answer = ask("POST", PATH, {"Content-Type": content_type} if content_type else None, data=body())
    assert output(answer, "label") == expected["label"]


def binary_body(**members: Any) -> tuple[bytes, dict[str, str]]:
    numbers = np.array([np.nan if cell is None else cell for cell in ROWS["size"]], "<f4").tobytes()
    texts = b"".join(struct.pack("<I", len(cell or "")) + (cell or "").encode() for cell in ROWS["colour"])
    entries = inputs()
    for entry, data in zip(entries, (numbers, texts), strict=True):
        del entry["data"]
        entry["parameters"] = {"binary_data_size": len(data)}
    entries[0]["datatype"] = "FP32"
    head = json.dumps({"inputs": entries, **members}).encode()
    return head + numbers + texts, {"Inference-Header-Content-Length": str(len(head))}


def test_binary_in_and_binary_out(ask: Ask, expected: dict[str, list[Any]]) -> None:
    data, headers = binary_body(parameters={"binary_data_output": True})
    answer = ask("POST", PATH, headers, data=data)
    assert answer.content_type == "application/octet-stream"
    length = int(answer.headers["Inference-Header-Content-Length"])
    label, probabilities = json.loads(answer.data[:length])["outputs"]
    behind = answer.data[length:]
    n_label = label["parameters"]["binary_data_size"]
    first = struct.unpack_from("<I", behind)[0]
    assert behind[4 : 4 + first].decode() == expected["label"][0]
    found = np.frombuffer(behind[n_label:], "<f8").reshape(probabilities["shape"])
    assert found == pytest.approx(np.array(expected["probabilities"]))
    assert n_label + probabilities["parameters"]["binary_data_size"] == len(behind)


def test_outputs_that_are_asked_for(ask: Ask) -> None:
    answer = ask("POST", PATH, data=body(outputs=[{"name": "prediction_id"}, {"name": "label"}]))
    assert [each["name"] for each in answer.get_json()["outputs"]] == ["prediction_id", "label"]
    assert len(set(output(answer, "prediction_id"))) == 3


@pytest.mark.parametrize(("coding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
def test_bodies_are_unpacked_and_answers_packed_for_who_says_so(
    ask: Ask, coding: str, pack: Callable[[bytes], bytes]
) -> None:
    plain = ask("POST", PATH, data=body(60, id="1"))
    assert "Content-Encoding" not in plain.headers
    packed = ask("POST", PATH, {"Content-Encoding": coding, "Accept-Encoding": coding}, data=pack(body(60, id="1")))
    assert packed.headers["Content-Encoding"] == coding
    unpacked = gzip.decompress(packed.data) if coding == "gzip" else zlib.decompress(packed.data)
    assert json.loads(unpacked) == plain.get_json()
    small = ask("POST", PATH, {"Accept-Encoding": coding}, data=body(1))
    assert "Content-Encoding" not in small.headers
    refused = ask("POST", PATH, {"Accept-Encoding": coding, "Content-Encoding": coding}, data=b"\x1f\x8b nonsense")
    assert (refused.status_code, "Content-Encoding" in refused.headers) == (400, False)


@pytest.mark.parametrize(
    ("data", "headers", "status", "reason"),
    [
        (b"", {}, 400, "MALFORMED_JSON"),
        (b"{}", {}, 400, "BAD_TENSOR"),
        (b"{", {}, 400, "MALFORMED_JSON"),
        (b"[" * 100_000, {}, 400, "MALFORMED_JSON"),
        (b'{"inputs":' + b"[" * 100_000, {}, 400, "JSON_TOO_DEEP"),
        (body(), {"Inference-Header-Content-Length": "100000"}, 400, "BAD_TENSOR"),
        (binary_body()[0][:-1], binary_body()[1], 400, "BAD_TENSOR"),
        (binary_body()[0] + b"x", binary_body()[1], 400, "BAD_TENSOR"),
        (json.dumps({"inputs": inputs()[:1]}).encode(), {}, 400, "MISSING_FEATURE"),
        (json.dumps({"inputs": [{**inputs()[0], "name": "x"}]}).encode(), {}, 400, "COLUMN_NOT_FOUND"),
        (body(outputs=[{"name": "x"}]), {}, 400, "BAD_TENSOR"),
        (body(), {"Content-Encoding": "br"}, 415, "UNSUPPORTED_ENCODING"),
        (gzip.compress(bytes(20 << 20)), {"Content-Encoding": "gzip"}, 413, "TOO_LARGE"),
        (zlib.compress(bytes(20 << 20)), {"Content-Encoding": "deflate"}, 413, "TOO_LARGE"),
        (body(10_001), {}, 400, "BAD_TENSOR"),
        (body(0), {}, 400, "BAD_TENSOR"),
    ],
)
def test_what_cannot_be_read_is_told_in_the_member_that_clients_read(
    ask: Ask, data: bytes, headers: dict[str, str], status: int, reason: str
) -> None:
    answer = ask("POST", PATH, headers, data=data)
    problem = answer.get_json()
    assert (answer.status_code, problem["status"], problem["reason"]) == (status, status, reason)
    assert answer.mimetype == "application/problem+json"
    assert problem["error"] == problem["detail"]


def test_columns_that_the_model_does_not_read_are_told(ask: Ask) -> None:
    extra = {"name": "id", "datatype": "INT64", "shape": [3], "data": [1, 2, 3]}
    answer = ask("POST", PATH, data=json.dumps({"inputs": [*inputs(), extra]}).encode())
    told = json.loads(answer.get_json()["parameters"]["warnings"])
    assert ("id", "IGNORED_COLUMN") in {(each["column"], each["reason"]) for each in told}


def test_a_strict_request_is_refused_where_something_cannot_be_used(ask: Ask) -> None:
    strange = [inputs(1)[0], {**inputs(1)[1], "data": ["mauve"]}]
    assert ask("POST", PATH, data=json.dumps({"inputs": strange}).encode()).status_code == 200
    refused = ask("POST", PATH, data=json.dumps({"inputs": strange, "parameters": {"strict": True}}).encode())
    assert (refused.status_code, refused.get_json()["reason"]) == (400, "INPUT_NOT_USABLE")


def test_versions_are_moved_by_aliases(ask: Ask) -> None:
    for verb in ("load", "unload"):
        answer = ask("POST", f"/v2/repository/models/answer/{verb}", json={})
        assert (answer.status_code, answer.get_json()["reason"]) == (409, "USE_ALIASES")
        assert "aliases/champion" in answer.get_json()["error"]


def test_every_error_has_the_member_that_clients_read(ask: Ask, client: FlaskClient) -> None:
    for answer in (
        client.get("/v2/models"), client.post(PATH), ask("GET", "/v2/nothing"), ask("DELETE", "/v2/models"),
        ask("GET", "/v2/models/answer/config"),
    ):  # fmt: skip
        assert answer.get_json()["error"], answer.status
    assert "error" not in ask("GET", "/api/v1/models/nothing").get_json()
