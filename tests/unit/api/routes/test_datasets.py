"""Datasets over HTTP, every back end real."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.app import create_app
from core.datasets.datasets import profile_ref
from core.ports import Ports
from core.service import Service
from core.settings import Settings

SignIn = Callable[..., dict[str, str]]
TABLE = b"name,age\nada,36\ngrace,85\n"
CSV = {"Content-Type": "text/csv"}


@pytest.fixture
def upload(client: FlaskClient, ada: dict[str, str]) -> Callable[..., TestResponse]:
    def send(data: bytes = TABLE, query: str = "", **headers: str) -> TestResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        promised = {"CONTENT_LENGTH": named.pop("Content-Length", str(len(data)))}
        headers = {**ada, **CSV, **named}
        return client.post(f"/api/v1/datasets{query}", data=data, headers=headers, environ_overrides=promised)

    return send


def blobs_of(service: Service) -> list[str]:
    return list(service.ports.blobs.names(""))


def test_upload_read_back_and_delete(
    client: FlaskClient, ada: dict[str, str], upload: Callable[..., TestResponse], service: Service
) -> None:
    made = upload(query="?name=people")
    dataset: dict[str, Any] = made.get_json()
    path = f"/api/v1/datasets/{dataset['id']}"
    assert made.status_code == 201
    assert made.headers["Location"] == path
    assert (dataset["name"], dataset["state"], dataset["size_bytes"]) == ("people", "uploaded", len(TABLE))
    assert [column["name"] for column in dataset["columns"]] == ["name", "age"]
    assert client.get(path, headers=ada).get_json() == dataset
    assert client.get("/api/v1/datasets", headers=ada).get_json()["items"] == [dataset]
    shown = client.get(f"{path}/preview?rows=1", headers=ada).get_json()
    assert shown == {"columns": ["name", "age"], "rows": [["ada", "36"]]}
    content = client.get(f"{path}/content", headers=ada)
    assert content.data == TABLE
    assert content.headers["ETag"] == f'"{dataset["sha256"]}"'
    assert content.headers["Content-Disposition"] == "attachment; filename=people.csv"
    assert client.delete(path, headers=ada).status_code == 204
    assert client.get(path, headers=ada).status_code == 404
    assert blobs_of(service) == []
    actions = [line["action"] for line in client.get("/api/v1/activity", headers=ada).get_json()["items"]]
    assert actions[:2] == ["dataset.deleted", "dataset.created"]


def test_somebody_elses_dataset_is_not_there(
    client: FlaskClient, sign_in: SignIn, upload: Callable[..., TestResponse]
) -> None:
    path = f"/api/v1/datasets/{upload().get_json()['id']}"
    eve = sign_in("eve")
    assert client.get("/api/v1/datasets", headers=eve).get_json()["items"] == []
    for method, below in [("GET", ""), ("GET", "/content"), ("GET", "/preview"), ("DELETE", ""), ("PATCH", "")]:
        json = {"name": "mine"} if method == "PATCH" else None
        assert client.open(path + below, method=method, headers=eve, json=json).status_code == 404


def test_gzip_multipart_and_both(client: FlaskClient, ada: dict[str, str], upload: Callable[..., TestResponse]) -> None:
    packed = gzip.compress(TABLE[:10]) + gzip.compress(TABLE[10:])
    assert upload(packed, Content_Encoding="gzip").get_json()["size_bytes"] == len(TABLE)
    form = {"file": (io.BytesIO(TABLE), '../../etc/Ünï\x07 "x".csv')}
    dataset = client.post("/api/v1/datasets", data=form, headers=ada).get_json()
    assert dataset["size_bytes"] == len(TABLE)
    assert "/" not in dataset["name"]
    assert dataset["name"].startswith("Ünï")
    content = client.get(f"/api/v1/datasets/{dataset['id']}/content", headers=ada)
    assert content.data == TABLE
    assert "\x07" not in content.headers["Content-Disposition"]


def test_a_chunked_body_is_as_long_as_it_is(client: FlaskClient, ada: dict[str, str]) -> None:
    answer = client.post(
        "/api/v1/datasets",
        input_stream=io.BytesIO(TABLE),
        headers={**ada, **CSV, "Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert answer.get_json()["size_bytes"] == len(TABLE)


def test_what_is_left_of_a_refused_body_is_read(client: FlaskClient, ada: dict[str, str]) -> None:
    stream = io.BytesIO(b"a,b\n1,2,3\n" + b"1,2,3\n" * 1_000_000)
    environ = {"wsgi.input_terminated": True}
    answer = client.post("/api/v1/datasets", input_stream=stream, headers={**ada, **CSV}, environ_overrides=environ)
    assert answer.status_code == 422
    assert stream.read() == b""


def test_the_limit_counts_unpacked_bytes_and_not_the_limit_of_other_bodies(
    ports: Ports, settings: Settings, sign_in: SignIn
) -> None:
    small = Settings({}, **{**settings.values, "max_upload_bytes": 3_000_000, "max_body_bytes": 1000})
    client = create_app(Service(ports, small)).test_client()
    headers = {**sign_in("bob"), **CSV}
    fits, large = TABLE + b"xyz,1\n" * 400_000, TABLE + b"xyz,1\n" * 600_000
    assert client.post("/api/v1/datasets", data=fits, headers=headers).status_code == 201
    assert client.post("/api/v1/datasets", data=large, headers=headers).get_json()["reason"] == "FILE_TOO_LARGE"
    packed = {**headers, "Content-Encoding": "gzip"}
    answer = client.post("/api/v1/datasets", data=gzip.compress(large), headers=packed)
    assert (answer.status_code, answer.get_json()["reason"]) == (413, "FILE_TOO_LARGE")


def test_idempotency_key(client: FlaskClient, ada: dict[str, str], upload: Callable[..., TestResponse]) -> None:
    first, again = upload(Idempotency_Key="k"), upload(Idempotency_Key="k")
    assert first.get_json() == again.get_json()
    assert upload(b"a,b\n1,2\n", Idempotency_Key="k").get_json()["reason"] == "IDEMPOTENCY_KEY_REUSED"
    assert len(client.get("/api/v1/datasets", headers=ada).get_json()["items"]) == 1
    actions = [line["action"] for line in client.get("/api/v1/activity", headers=ada).get_json()["items"]]
    assert actions.count("dataset.created") == 1


@pytest.mark.parametrize(
    ("requested", "status", "content", "span"),
    [
        ("bytes=0-3", 206, TABLE[:4], f"bytes 0-3/{len(TABLE)}"),
        ("bytes=5-", 206, TABLE[5:], f"bytes 5-{len(TABLE) - 1}/{len(TABLE)}"),
        ("bytes=-4", 206, TABLE[-4:], f"bytes {len(TABLE) - 4}-{len(TABLE) - 1}/{len(TABLE)}"),
        ("bytes=-999", 206, TABLE, f"bytes 0-{len(TABLE) - 1}/{len(TABLE)}"),
        ("bytes=3-999", 206, TABLE[3:], f"bytes 3-{len(TABLE) - 1}/{len(TABLE)}"),
        ("bytes=0-0", 206, TABLE[:1], f"bytes 0-0/{len(TABLE)}"),
        ("bytes=0-1,3-4", 200, TABLE, None),
        ("nonsense", 200, TABLE, None),
        ("bytes=999-", 416, None, f"bytes */{len(TABLE)}"),
    ],
)
def test_ranges(
    client: FlaskClient, ada: dict[str, str], upload: Callable[..., TestResponse],
    requested: str, status: int, content: bytes | None, span: str | None,
) -> None:  # fmt: skip
    path = f"/api/v1/datasets/{upload().get_json()['id']}/content"
    answer = client.get(path, headers={**ada, "Range": requested})
    assert answer.status_code == status
    assert answer.headers.get("Content-Range") == span
    if content is None:
        assert answer.mimetype == "application/problem+json"
    else:
        assert answer.data == content
        assert answer.content_length == len(content)


def test_conditional_reads(client: FlaskClient, ada: dict[str, str], upload: Callable[..., TestResponse]) -> None:
    path = f"/api/v1/datasets/{upload().get_json()['id']}/content"
    head = client.head(path, headers=ada)
    assert (head.data, head.content_length, head.headers["Accept-Ranges"]) == (b"", len(TABLE), "bytes")
    etag = head.headers["ETag"]
    assert client.get(path, headers={**ada, "If-None-Match": etag}).status_code == 304
    assert client.get(path, headers={**ada, "Range": "bytes=0-1", "If-Range": etag}).status_code == 206
    assert client.get(path, headers={**ada, "Range": "bytes=0-1", "If-Range": '"other"'}).status_code == 200


def test_corrections(
    client: FlaskClient, ada: dict[str, str], ada_id: str, upload: Callable[..., TestResponse], service: Service
) -> None:
    made = upload(b"a,b\n1,2\n3,4\n").get_json()
    path = f"/api/v1/datasets/{made['id']}"

    def patch(**body: Any) -> TestResponse:
        return client.patch(path, headers=ada, json=body)

    assert patch(name="new").get_json() == {**made, "name": "new"}
    assert [column["name"] for column in patch(header=False).get_json()["columns"]] == ["c0", "c1"]
    assert patch(header=True, types={"a": "category"}).get_json()["types"] == {"a": "category"}
    ref = profile_ref(service.datasets.get(ada_id, made["id"]))
    assert ref.id.endswith("-r3")
    for body, reason in [
        ({"types": {"zz": "category"}}, "COLUMN_NOT_FOUND"),
        ({"types": {"a": "colour"}}, "VALIDATION_FAILED"),
        ({"columns": {"zz": {"type": "category"}}}, "COLUMN_NOT_FOUND"),
        ({"columns": {"zz": {"unit": "kg"}}}, "COLUMN_NOT_FOUND"),
        ({"columns": {"a": {"type": "colour"}}}, "VALIDATION_FAILED"),
        ({"columns": {"a": {"decimal_sign": ";"}}}, "VALIDATION_FAILED"),
        ({"columns": {"a": {"date_order": "dmy"}}}, "VALIDATION_FAILED"),
        ({"columns": {"a": {"unit": " "}}}, "VALIDATION_FAILED"),
        ({"columns": {"a": {"colour": "red"}}}, "VALIDATION_FAILED"),
        ({"encoding": "rot13"}, "VALIDATION_FAILED"),
        ({"delimiter": '"'}, "BAD_DELIMITER"),
        ({"header": "yes"}, "VALIDATION_FAILED"),
        ({"name": "a\nb"}, "VALIDATION_FAILED"),
        ({"colour": 1}, "VALIDATION_FAILED"),
    ]:
        answer = patch(**body)
        assert (answer.status_code, answer.get_json()["reason"]) == (422, reason)
    found = patch(columns={"a": {"type": "number", "decimal_sign": ",", "unit": "kg"}}).get_json()
    assert (found["types"], found["column_options"]) == ({"a": "number"}, {"a": {"decimal_sign": ",", "unit": "kg"}})
    found = patch(columns={"a": {"type": "category", "decimal_sign": None, "unit": None}}).get_json()
    assert (found["types"], found["column_options"]) == ({"a": "category"}, {})


def test_profiles_and_refusals_show(
    client: FlaskClient, ada: dict[str, str], ada_id: str, upload: Callable[..., TestResponse], service: Service
) -> None:
    made = upload("é,b\n1,2\n".encode("latin-1")).get_json()
    path = f"/api/v1/datasets/{made['id']}"
    column = {"name": "é", "type": "number", "missing": 0, "distinct": 1, "examples": ["1"], "warnings": []}
    profile = {"rows": 1, "columns": [column], "warnings": [made["warnings"][0], "few rows"]}
    service.datasets.record_profile(profile_ref(service.datasets.get(ada_id, made["id"])), profile, None)
    shown = client.get(path, headers=ada).get_json()
    assert (shown["state"], shown["rows"], shown["columns"]) == ("ready", 1, [column])
    assert shown["warnings"] == [*made["warnings"], "few rows"]
    client.patch(path, headers=ada, json={"header": False})
    error = {"reason": "ROW_TOO_LONG", "detail": "d", "hint": "h", "line": 7}
    service.datasets.record_profile(profile_ref(service.datasets.get(ada_id, made["id"])), None, error)
    assert client.get(path, headers=ada).get_json()["error"] == error
    body = {"dataset_id": made["id"], "target": "c0"}
    assert client.post("/api/v1/jobs", headers=ada, json=body).get_json()["reason"] == "DATASET_REJECTED"
    checks = client.post(f"{path}/checks", headers=ada, json={"target": "c0"})
    assert checks.get_json()["reason"] == "DATASET_REJECTED"


def test_checks_refuse_an_unknown_target(
    client: FlaskClient, ada: dict[str, str], upload: Callable[..., TestResponse]
) -> None:
    path = f"/api/v1/datasets/{upload().get_json()['id']}/checks"
    answer = client.post(path, headers=ada, json={"target": "zz"})
    assert (answer.status_code, answer.get_json()["reason"]) == (422, "TARGET_NOT_FOUND")


def test_a_dataset_in_use_stays(client: FlaskClient, ada: dict[str, str], upload: Callable[..., TestResponse]) -> None:
    id = upload().get_json()["id"]
    job = client.post("/api/v1/jobs", headers=ada, json={"dataset_id": id, "target": "age"}).get_json()
    answer = client.delete(f"/api/v1/datasets/{id}", headers=ada)
    assert (answer.status_code, answer.get_json()["reason"]) == (409, "DATASET_IN_USE")
    client.post(f"/api/v1/jobs/{job['id']}/cancel", headers=ada)
    assert client.delete(f"/api/v1/datasets/{id}", headers=ada).status_code == 204
