"""MLflow's scoring server and KServe's first protocol over HTTP, by a really trained model."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.unit.api.protocols.conftest import ROWS

Ask = Callable[..., TestResponse]
PATH = "/serving/answer/invocations"
FRAME = pd.DataFrame(ROWS)
RECORDS = [dict(zip(ROWS, cells, strict=True)) for cells in zip(*ROWS.values(), strict=True)]
SPLIT = {"columns": list(ROWS), "data": [list(cells) for cells in zip(*ROWS.values(), strict=True)]}


def parquet(table: pa.Table, **options: Any) -> bytes:
    file = io.BytesIO()
    pq.write_table(table, file, **options)
    return file.getvalue()


def test_health_and_version(ask: Ask, client: FlaskClient) -> None:
    for start in ("/serving/answer", "/serving/answer/versions/1", "/serving/answer/versions/champion"):
        for path in ("ping", "health"):
            assert ask("GET", f"{start}/{path}").status_code == 200
        assert ask("GET", f"{start}/version").text == "3.17.2"
    assert client.get("/serving/answer/ping").status_code == 401
    for path in ("/serving/none/ping", "/serving/answer/versions/2/ping", "/serving/none/version"):
        assert ask("GET", path).status_code == 404, path


@pytest.mark.parametrize(
    "body",
    [
        {"dataframe_split": SPLIT},
        {"dataframe_records": RECORDS},
        {"instances": RECORDS},
        {"instances": ROWS},
        {"inputs": ROWS},
        {"inputs": RECORDS},
    ],
    ids=lambda body: next(iter(body)),
)
def test_every_form_of_json(ask: Ask, expected: dict[str, list[Any]], body: dict[str, Any]) -> None:
    for path in (PATH, "/serving/answer/versions/1/invocations"):
        answer = ask("POST", path, json=body)
        assert answer.get_json()["predictions"] == expected["label"]
        assert answer.headers["X-Model-Version"] == "1"


def test_csv_and_parquet(ask: Ask, expected: dict[str, list[Any]]) -> None:
    csv = ask("POST", PATH, {"Content-Type": "text/csv; charset=utf-8"}, data=FRAME.to_csv(index=False))
    assert csv.get_json()["predictions"] == expected["label"]
    file = io.BytesIO()
    FRAME.to_parquet(file)
    packed = ask("POST", PATH, {"Content-Type": "application/vnd.apache.parquet"}, data=file.getvalue())
    assert packed.get_json()["predictions"] == expected["label"]


def test_params(ask: Ask, expected: dict[str, list[Any]]) -> None:
    body = {"dataframe_split": SPLIT, "params": {"probabilities": True, "prediction_ids": True, "key": "ada"}}
    answer = ask("POST", PATH, json=body).get_json()
    assert [list(row) for row in answer["predictions"]] == [expected["classes"]] * 3
    assert [list(row.values()) for row in answer["predictions"]] == [
        pytest.approx(row) for row in expected["probabilities"]
    ]
    assert len(set(answer["prediction_ids"])) == 3
    assert set(ask("POST", PATH, json={"dataframe_split": SPLIT}).get_json()) <= {"predictions", "warnings"}


def test_numbers(ask: Ask, prices: str) -> None:
    body = {"dataframe_split": SPLIT, "params": {"probabilities": True}}
    answer = ask("POST", "/serving/prices/invocations", json=body).get_json()
    assert answer["predictions"][0] == pytest.approx(25, abs=5)


def test_columns_that_the_model_does_not_read_are_told(ask: Ask) -> None:
    answer = ask("POST", PATH, json={"inputs": {**ROWS, "id": [1, 2, 3]}}).get_json()
    assert ("id", "IGNORED_COLUMN") in {(each["column"], each["reason"]) for each in answer["warnings"]}


BOMB = parquet(
    pa.table({"size": pa.array([1.0] * 9000), "colour": pa.DictionaryArray.from_arrays([0] * 9000, ["x" * (1 << 20)])})
)
"""One text of a mebibyte, told nine thousand times."""


@pytest.mark.parametrize(
    ("content_type", "data", "status", "reason"),
    [
        ("application/json", b"{", 400, "MALFORMED_JSON"),
        ("application/json", b"[]", 400, "BAD_ROWS"),
        ("application/json", b"{}", 400, "BAD_ROWS"),
        ("application/json", b'{"instances": [{"size": 1}]}', 400, "MISSING_FEATURE"),
        ("application/json", b'{"instances": [{"x": 1}]}', 400, "COLUMN_NOT_FOUND"),
        ("application/json", b'{"instances": [{"size": 1}], "params": {"x": 1}}', 400, "BAD_ROWS"),
        ("text/csv", b"", 400, "EMPTY_FILE"),
        ("text/csv", b"size,colour\n1,2,3\n", 400, "RAGGED_ROWS"),
        ("text/csv", b"size,colour\n" + b"1,red\n" * 10_001, 400, "BAD_ROWS"),
        ("application/vnd.apache.parquet", b"PAR1", 400, "FILE_UNREADABLE"),
        ("application/vnd.apache.parquet", b"PK\3\4", 400, "FILE_UNREADABLE"),
        ("application/vnd.apache.parquet", b"PAR1" + bytes(1000) + b"PAR1", 400, "FILE_UNREADABLE"),
        ("application/vnd.apache.parquet", parquet(pa.table({"size": [[1.0]]})), 400, "NESTED_VALUE"),
        ("application/vnd.apache.parquet", parquet(pa.table({"size": [1.0] * 12_000})), 400, "TOO_MANY_ROWS"),
        ("application/vnd.apache.parquet", BOMB, 400, "FILE_UNREADABLE"),
        ("application/x-www-form-urlencoded", b"a=1", 415, "UNSUPPORTED_MEDIA_TYPE"),
        ("", b"{}", 415, "UNSUPPORTED_MEDIA_TYPE"),
    ],
)
def test_what_cannot_be_read_is_told_in_the_members_that_mlflow_reads(
    ask: Ask, content_type: str, data: bytes, status: int, reason: str
) -> None:
    answer = ask("POST", PATH, {"Content-Type": content_type} if content_type else None, data=data)
    problem = answer.get_json()
    assert (answer.status_code, problem["reason"], problem["error_code"]) == (status, reason, "BAD_REQUEST"), problem
    assert answer.mimetype == "application/problem+json"
    assert problem["message"] == problem["detail"]


def test_codes_are_mlflows(ask: Ask, client: FlaskClient) -> None:
    assert client.post(PATH).get_json()["error_code"] == "UNAUTHENTICATED"
    assert ask("POST", "/serving/none/invocations", json={}).get_json()["error_code"] == "RESOURCE_DOES_NOT_EXIST"


def test_kserves_first_protocol(ask: Ask, expected: dict[str, list[Any]]) -> None:
    assert ask("GET", "/v1/models").get_json() == {"models": ["answer"]}
    assert ask("GET", "/v1/models/answer").get_json() == {"name": "answer", "ready": True}
    answer = ask("POST", "/v1/models/answer:predict", json={"instances": RECORDS})
    assert answer.get_json()["predictions"] == expected["label"]
    assert (
        ask("POST", "/v1/models/answer:predict", json={"inputs": ROWS}).get_json()["predictions"] == expected["label"]
    )
    refused = ask("POST", "/v1/models/answer:predict", json={"instances": []})
    assert (refused.status_code, bool(refused.get_json()["error"])) == (400, True)
    for method, path in [("GET", "/v1/models/none"), ("POST", "/v1/models/none:predict")]:
        assert ask(method, path, **({"json": {}} if method == "POST" else {})).get_json()["error"]


def test_short_rows_of_a_wide_csv_are_missing_values(ask: Ask) -> None:
    wide = ",".join(["size", "colour", *(f"c{i}" for i in range(5000))])
    answer = ask("POST", PATH, data=f"{wide}\n2.5,red\n2.5\n", content_type="text/csv").get_json()
    same = ask("POST", PATH, json={"instances": [{"size": 2.5, "colour": "red"}, {"size": 2.5}]}).get_json()
    assert answer["predictions"] == same["predictions"]
    long = ask("POST", PATH, data="size,colour\n2.5,red,3\n", content_type="text/csv")
    assert (long.status_code, long.get_json()["reason"]) == (400, "RAGGED_ROWS")


def test_rows_without_a_single_column_are_refused_in_words(ask: Ask) -> None:
    for body in ({"instances": [{}]}, {"dataframe_split": {"columns": [], "data": [[]]}}):
        answer = ask("POST", PATH, json=body)
        assert (answer.status_code, answer.get_json()["reason"]) == (400, "COLUMN_NOT_FOUND")
