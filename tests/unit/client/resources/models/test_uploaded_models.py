"""Uploads of models, as the client sends them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, request

from nobrains_client import Client, ModelRejected

CONTENT = b"\x08\x08 an ONNX file"


@pytest.fixture
def sent(app: Flask) -> list[dict[str, Any]]:
    """What was sent to a server that takes a while to check it."""
    seen: list[dict[str, Any]] = []

    def take() -> tuple[dict[str, Any], int]:
        files = {name: file.read() for name, file in request.files.items()}
        key = request.headers["Idempotency-Key"]
        seen.append({**request.args, **files, "body": request.get_data() if not files else b"", "key": key})
        return {"id": "m", "state": "checking"}, 202

    app.post("/api/v1/models")(take)
    return seen


def test_a_file_goes_out_as_it_is_and_is_waited_for(
    app: Flask, client: Client, sent: list[dict[str, Any]], tmp_path: Path
) -> None:
    states = iter(["checking", "ready"])
    app.get("/api/v1/models/m")(lambda: {"id": "m", "state": next(states), "origin": "uploaded", "name": "flats.onnx"})
    path = tmp_path / "flats.onnx"
    path.write_bytes(CONTENT)
    model = client.upload_model(path, "price", inputs=["rooms, all", "area"], outputs={"value_output": "y"})
    assert (model.state, model.origin, model.name) == ("ready", "uploaded", "flats.onnx")
    assert sent[0]["body"] == CONTENT
    assert sent[0]["key"]
    assert json.loads(sent[0]["inputs"]) == ["rooms, all", "area"]
    assert {name: sent[0][name] for name in ("target", "name", "value_output")} == {
        "target": "price", "name": "flats.onnx", "value_output": "y",
    }  # fmt: skip


def test_background_rows_go_along(client: Client, sent: list[dict[str, Any]]) -> None:
    model = client.upload_model(CONTENT, "price", background=b"rooms\n3\n", wait=False)
    assert model.state == "checking"
    assert (sent[0]["file"], sent[0]["background"]) == (CONTENT, b"rooms\n3\n")


def test_a_file_that_was_rejected_later_is_an_exception(app: Flask, client: Client, sent: list[dict[str, Any]]) -> None:
    error = {"reason": "MODEL_INVALID", "detail": "It is broken.", "hint": "Mend it."}
    app.get("/api/v1/models/m")(lambda: {"id": "m", "state": "rejected", "error": error})
    with pytest.raises(ModelRejected, match="It is broken") as caught:
        client.upload_model(CONTENT)
    assert caught.value.model.id == "m"
