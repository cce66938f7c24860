"""Files that are either whole or not there."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, request

import nobrains_client as sdk
from nobrains_client import Client

BUNDLE = bytes(range(256)) * 1000
SHA256 = hashlib.sha256(BUNDLE)


def serve(app: Flask, *answers: Any) -> None:
    waiting = iter(answers)
    app.get("/api/v1/models/m/download")(lambda: next(waiting))


def broken() -> Iterator[bytes]:
    yield BUNDLE[:1000]
    raise ConnectionResetError("gone")


def test_a_bundle_arrives_and_leaves_nothing_else(app: Flask, client: Client, tmp_path: Path) -> None:
    digest = base64.b64encode(SHA256.digest()).decode()
    serve(app, (BUNDLE, {"Repr-Digest": f"sha-256=:{digest}:"}))
    progress: list[tuple[int, int | None]] = []
    path = client.download("m", tmp_path / "m.nb", progress=lambda *counts: progress.append(counts))
    assert path.read_bytes() == BUNDLE
    assert list(tmp_path.iterdir()) == [path]
    assert progress[-1] == (len(BUNDLE), len(BUNDLE))


def test_a_transfer_that_breaks_is_begun_anew(app: Flask, client: Client, tmp_path: Path) -> None:
    short = Response(iter([BUNDLE[:-1]]), headers={"Content-Length": str(len(BUNDLE))})
    serve(app, Response(broken()), short, BUNDLE)
    assert client.download("m", tmp_path / "m.nb").read_bytes() == BUNDLE


@pytest.mark.parametrize(
    "headers",
    [
        {"ETag": f'"{SHA256.hexdigest()}"'},
        {"Repr-Digest": f"sha-256=:{base64.b64encode(SHA256.digest()).decode()}:"},
    ],
)
def test_other_bytes_than_announced_are_not_kept(
    app: Flask, client: Client, tmp_path: Path, headers: dict[str, str]
) -> None:
    target = tmp_path / "m.nb"
    target.write_bytes(b"the one before")
    serve(app, (BUNDLE[::-1], headers))
    with pytest.raises(sdk.CorruptDownload):
        client.download("m", target)
    assert target.read_bytes() == b"the one before"
    assert list(tmp_path.iterdir()) == [target]


def test_a_refusal_leaves_no_file(app: Flask, client: Client, problem: Any, tmp_path: Path) -> None:
    serve(app, problem(409, "NOT_EXPRESSIBLE", "catboost has no ONNX form; lightgbm has."))
    with pytest.raises(sdk.Conflict, match="lightgbm has"):
        client.download("m", tmp_path / "m.onnx", format="onnx")
    assert not list(tmp_path.iterdir())


def test_format_and_single_model_are_asked_for(app: Flask, client: Client, tmp_path: Path) -> None:
    app.get("/api/v1/models/m/download")(lambda: request.query_string)
    path = client.download("m", tmp_path / "m.onnx", format="onnx", single="lightgbm-2")
    assert path.read_text() == "format=onnx&model=lightgbm-2"
