"""Uploads that are streamed and arrive once; the other calls about datasets."""

from __future__ import annotations

import gzip
import hashlib
import io
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from flask import Flask, request

import nobrains_client as sdk
from nobrains_client import Client

CSV = b"a,b\n1,x\n2,y\n"


@pytest.fixture
def uploads(app: Flask) -> list[dict[str, Any]]:
    """What POST /datasets was sent."""
    seen: list[dict[str, Any]] = []

    @app.post("/api/v1/datasets")
    def upload() -> tuple[dict[str, Any], int]:
        seen.append({"body": request.get_data(), **request.args, **request.headers})
        return {"id": f"d{len(seen)}", "state": "uploaded", "size_bytes": len(seen[-1]["body"])}, 201

    return seen


def test_a_path_is_sent_as_it_is(client: Client, uploads: list[dict[str, Any]], tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(CSV)
    progress: list[tuple[int, int | None]] = []
    dataset = client.upload(path, progress=lambda *counts: progress.append(counts))
    assert dataset.size_bytes == len(CSV)
    assert uploads[0]["body"] == CSV
    assert uploads[0]["name"] == "data.csv"
    assert uploads[0]["Content-Type"] == "text/csv"
    assert uploads[0]["Content-Length"] == str(len(CSV))
    assert progress[-1] == (len(CSV), len(CSV))


def test_a_file_is_sent_from_where_it_stands(client: Client, uploads: list[dict[str, Any]]) -> None:
    file = io.BytesIO(b"# a remark\n" + CSV)
    file.readline()
    client.upload(file, "named")
    assert (uploads[0]["body"], uploads[0]["name"]) == (CSV, "named")


def test_a_frame_is_sent_with_its_types_and_without_its_index(client: Client, uploads: list[dict[str, Any]]) -> None:
    frame = pd.DataFrame({"a": [1, 2], 7: ["01", "02"], "c": pd.to_datetime(["2024-02-29", None])}, index=[7, 8])
    client.upload(frame, name="mine")
    sent = pd.read_parquet(io.BytesIO(uploads[0]["body"]))
    pd.testing.assert_frame_equal(sent, frame.rename(columns=str).reset_index(drop=True))
    assert uploads[0]["name"] == "mine"


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"a": [1, "x"]}),
        pd.DataFrame({"a": pd.period_range("2024", "2025", freq="Y")}),
        pd.DataFrame([[1, 2]], columns=["a", "a"]),
    ],
)
def test_a_frame_that_is_no_parquet_is_sent_as_a_csv(
    client: Client, uploads: list[dict[str, Any]], frame: pd.DataFrame
) -> None:
    client.upload(frame)
    assert uploads[0]["body"] == frame.to_csv(index=False).encode()


def test_bytes_are_sent_as_they_are(client: Client, uploads: list[dict[str, Any]]) -> None:
    client.upload(CSV, name="mine")
    assert uploads[0]["body"] == CSV


def test_a_sheet_is_asked_for(client: Client, uploads: list[dict[str, Any]]) -> None:
    client.upload(CSV, sheet="2024 & more")
    assert uploads[0]["sheet"] == "2024 & more"


def test_gzip_is_recognised_by_its_bytes(client: Client, uploads: list[dict[str, Any]]) -> None:
    client.upload(io.BytesIO(gzip.compress(CSV)))
    assert uploads[0]["Content-Encoding"] == "gzip"
    assert gzip.decompress(uploads[0]["body"]) == CSV


@pytest.mark.parametrize("source", [io.StringIO("a,b\n"), 5])
def test_what_is_no_source_is_refused(client: Client, uploads: list[dict[str, Any]], source: Any) -> None:
    with pytest.raises(TypeError):
        client.upload(source)
    assert not uploads


def test_how_a_file_is_read_is_sent_along(client: Client, uploads: list[dict[str, Any]]) -> None:
    client.upload(io.BytesIO(CSV), delimiter="~", encoding="cp1251", header=False, skip_rows=2, bad_rows="report")
    options = {name: uploads[0][name] for name in ("delimiter", "encoding", "header", "skip_rows", "bad_rows")}
    said = {"delimiter": "~", "encoding": "cp1251", "header": "false", "skip_rows": "2", "bad_rows": "report"}
    assert options == said
    assert "skip_footer" not in uploads[0]


def test_bad_rows(app: Flask, client: Client) -> None:
    row = {"line": 7, "reason": "ROW_TOO_LONG", "detail": "Line 7 has 3 fields."}
    app.get("/api/v1/datasets/d/bad-rows")(lambda: {"count": 1, "rows": [row]})
    found = client.bad_rows("d")
    assert (found.count, found.rows) == (1, (sdk.BadRow(**row),))


def test_a_broken_upload_is_repeated_whole_under_the_same_key(app: Flask, client: Client) -> None:
    seen: list[tuple[bytes, str]] = []

    @app.post("/api/v1/datasets")
    def upload() -> tuple[dict[str, str], int]:
        seen.append((request.get_data(), request.headers["Idempotency-Key"]))
        if len(seen) < 3:
            raise ConnectionResetError("gone")
        return {"id": "d"}, 201

    assert client.upload(io.BytesIO(CSV)).id == "d"
    assert len(seen) == 3
    assert set(seen) == {(CSV, seen[0][1])}


def test_a_pipe_is_sent_once_only(app: Flask, client: Client) -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *where: int) -> int:
            raise io.UnsupportedOperation("seek")

    seen: list[bytes] = []

    @app.post("/api/v1/datasets")
    def upload() -> Any:
        seen.append(request.get_data())
        raise ConnectionResetError("gone")

    with pytest.raises(sdk.ConnectionFailed):
        client.upload(Pipe(CSV))
    assert seen == [CSV]
    with (
        Client("http://127.0.0.1:9", "t") as lonely,
        pytest.raises(sdk.ConnectionFailed, match="Cannot reach"),
    ):
        lonely.upload(Pipe(CSV))


def test_waiting_ends_when_the_profile_is_there(app: Flask, client: Client) -> None:
    states = iter(["uploaded", "ready"])
    columns = [{"name": "a", "type": "number", "missing": 0, "distinct": 2, "examples": ["1"], "new": 1}]
    app.get("/api/v1/datasets/d")(lambda: {"id": "d", "state": next(states), "rows": 2, "columns": columns})
    dataset = client.wait_ready("d")
    assert dataset.columns[0] == sdk.Column("a", "number", 0, 2, ("1",))
    assert dataset.columns[0].raw["new"] == 1


def test_a_rejected_dataset_says_where(app: Flask, client: Client) -> None:
    error = {"reason": "ROW_TOO_LONG", "detail": "7 fields instead of 6.", "line": 41}
    app.get("/api/v1/datasets/d")(lambda: {"id": "d", "state": "rejected", "error": error})
    with pytest.raises(sdk.DatasetRejected, match=r"7 fields instead of 6\. \(line 41\) \[ROW_TOO_LONG\]"):
        client.wait_ready("d")


def test_waiting_for_a_profile_ends_in_time(app: Flask, client: Client) -> None:
    app.get("/api/v1/datasets/d")(lambda: {"id": "d", "state": "uploaded"})
    with pytest.raises(TimeoutError, match="continues"):
        client.wait_ready("d", timeout_s=0)


def test_patch_sends_only_what_is_given(app: Flask, client: Client) -> None:
    app.patch("/api/v1/datasets/d")(lambda: {"id": "d", "name": str(request.get_json())})
    assert client.patch_dataset("d", header=False).name == "{'header': False}"
    assert client.patch_dataset("d", skip_rows=0, bad_rows="skip").name == "{'skip_rows': 0, 'bad_rows': 'skip'}"


def test_check_and_preview(app: Flask, client: Client) -> None:
    finding = {
        "severity": "error",
        "reason": "TARGET_CONSTANT",
        "detail": "One value only.",
        "fix": "Choose another.",
    }
    app.post("/api/v1/datasets/d/checks")(lambda: {"task": "binary", "metric": "auc", "findings": [finding]})
    app.get("/api/v1/datasets/d/preview")(lambda: {"columns": ["a"], "rows": [["1"]] * int(request.args["rows"])})
    assert client.check("d", "y").errors[0].reason == "TARGET_CONSTANT"
    assert len(client.preview("d", rows=3).rows) == 3


def test_the_csv_comes_back_checked(app: Flask, client: Client, tmp_path: Path) -> None:
    sha256 = hashlib.sha256(CSV).hexdigest()
    app.get("/api/v1/datasets/d")(lambda: {"id": "d", "sha256": sha256})
    app.get("/api/v1/datasets/d/content")(lambda: CSV)
    assert client.download_dataset("d", tmp_path / "d.csv").read_bytes() == CSV
