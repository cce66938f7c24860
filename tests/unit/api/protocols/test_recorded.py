"""What other people's clients have sent, word for word: recorded by `tests/integration/protocols/record.py`."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.protocols.open_inference_tensors import decode_tensors
from tests.unit.api.protocols.conftest import basic

RECORDED = Path(__file__).parent / "recorded"
CLIENTS = sorted(path.stem for path in RECORDED.glob("*.json"))


def replay(client: FlaskClient, request: dict[str, Any], key: str) -> TestResponse:
    shown = {"Basic": basic(key), "Bearer": {"Authorization": f"Bearer {key}"}, "": {}}[request["authorization"]]
    return client.open(
        request["path"],
        method=request["method"],
        data=base64.b64decode(request["body"]),
        headers={**request["headers"], **shown},
    )


def unpacked(answer: TestResponse) -> bytes:
    unpack = {"gzip": gzip.decompress, "deflate": zlib.decompress, None: bytes}
    return unpack[answer.headers.get("Content-Encoding")](answer.data)


def outputs(answer: TestResponse) -> dict[str, list[Any]]:
    """The outputs of an answer to `infer`."""
    body = unpacked(answer)
    length = int(answer.headers.get("Inference-Header-Content-Length", len(body)))
    entries = json.loads(body[:length])["outputs"]
    return {tensor.name: tensor.cells for tensor in decode_tensors(entries, memoryview(body)[length:])}


def test_every_client_was_recorded() -> None:
    assert CLIENTS == ["kserve_client", "mlflow_client", "mlserver_client", "triton", "triton_aio"]


@pytest.mark.parametrize("name", CLIENTS)
def test_recorded_requests_are_answered(
    name: str, client: FlaskClient, endpoint: str, key: str, expected: dict[str, list[Any]]
) -> None:
    requests = json.loads((RECORDED / f"{name}.json").read_text())
    probabilities = np.array(expected["probabilities"])
    # Two of MLServer's cannot say that a number is missing, and send another one in the last row.
    n = 2 if name == "mlserver_client" else 3
    predicted = 0
    for request in requests:
        answer = replay(client, request, key)
        assert answer.status_code == request["status"], (request["path"], answer.text[:300])
        if answer.status_code >= 400:
            assert answer.mimetype == "application/problem+json"
            assert "Content-Encoding" not in answer.headers
            assert answer.get_json()["error" if request["path"].startswith("/v") else "message"]
        elif request["path"].endswith("/infer"):
            found = outputs(answer)
            assert found["label"][:n] == expected["label"][:n]
            assert np.array(found["probabilities"]).reshape(-1, 2)[:n] == pytest.approx(probabilities[:n])
            predicted += 1
        elif request["path"].endswith((":predict", "/invocations")):
            said = answer.get_json()["predictions"]
            labels = [max(row, key=row.get) for row in said] if isinstance(said[0], dict) else said
            assert labels == expected["label"]
            predicted += 1
    assert predicted >= 3
