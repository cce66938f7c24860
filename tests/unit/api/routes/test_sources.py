"""Sources over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from core.domain.sources import FetchedFile
from core.ports import FETCH_QUEUE
from core.service import Service
from core.tasks.messages import load_message
from nobrains_client.cli.sources import editing

Headers = dict[str, str]
ROOT = "/api/v1/sources"
BODY = {"name": "prices", "kind": "http", "url": "https://example.org/prices.csv"}
CSV = b"age,city\n31,Rome\n45,Oslo\n"


def fetch_next(service: Service, comes: bytes = CSV) -> None:
    """Do what the fetcher does with the next message."""
    delivery = service.ports.queue.receive(FETCH_QUEUE, 0)
    assert delivery is not None
    delivery.ack()
    claimed = service.claims.claim(load_message(delivery.body, service.kinds), "fetcher")
    assert claimed is not None
    plan = service.sources.begin(claimed.ref)
    assert plan is not None
    blob, intent = service.sources.announce(plan, 1)
    service.sources.record(plan, FetchedFile(service.ports.blobs.write(blob, [comes]), intent, {"etag": "1"}))
    service.work.succeed(claimed, {})
    service.settler.finalize(claimed.ref)


def test_a_source_from_its_making_to_its_end(client: FlaskClient, ada: Headers, service: Service) -> None:
    made = client.post(ROOT, headers=ada, json={**BODY, "refresh": {"cron": "0 3 * * *", "timezone": "Europe/Rome"}})
    assert made.status_code == 201
    source = made.json["id"]
    assert made.headers["Location"] == f"{ROOT}/{source}"
    assert (made.json["mode"], made.json["keep"], made.json["last_fetch"]) == ("replace", 10, None)
    assert "03:00" in made.json["refresh_words"]
    assert made.json["next_at"].endswith(":00:00.000Z")
    asked = client.post(f"{ROOT}/{source}/fetch", headers=ada)
    assert (asked.status_code, asked.json["state"], asked.json["number"]) == (202, "waiting", 1)
    assert client.get(asked.headers["Location"], headers=ada).json["state"] == "waiting"
    fetch_next(service)
    fetch = client.get(asked.headers["Location"], headers=ada).json
    assert (fetch["state"], fetch["bytes"], fetch["version"]["etag"]) == ("ready", len(CSV), "1")
    dataset = client.get(f"/api/v1/datasets/{fetch['dataset_id']}", headers=ada).json
    assert (dataset["origin"]["kind"], dataset["origin"]["source"]) == ("source", source)
    listed = client.get(ROOT, headers=ada).json["items"]
    assert [(each["id"], each["dataset_id"]) for each in listed] == [(source, fetch["dataset_id"])]
    assert [each["number"] for each in client.get(f"{ROOT}/{source}/fetches", headers=ada).json["items"]] == [1]
    changed = client.patch(f"{ROOT}/{source}", headers=ada, json={"name": "costs", "refresh": None, "max_age_s": 60})
    assert (changed.json["name"], changed.json["refresh"], changed.json["url"]) == ("costs", None, BODY["url"])
    assert client.delete(f"{ROOT}/{source}", headers=ada).status_code == 204
    assert client.get(f"{ROOT}/{source}", headers=ada).status_code == 404
    assert client.get(f"/api/v1/datasets/{fetch['dataset_id']}", headers=ada).status_code == 200


def test_the_same_key_is_one_source_and_one_fetch(client: FlaskClient, ada: Headers) -> None:
    key = {**ada, "Idempotency-Key": "k"}
    ids = {client.post(ROOT, headers=key, json=BODY).json["id"] for _ in range(2)}
    assert len(ids) == 1
    assert client.post(ROOT, headers=key, json={**BODY, "name": "x"}).json["reason"] == "IDEMPOTENCY_KEY_REUSED"
    source = ids.pop()
    assert {client.post(f"{ROOT}/{source}/fetch", headers=key).json["number"] for _ in range(2)} == {1}


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"kind": "ftp"}, "kind"),
        ({"url": 5}, "url"),
        ({"url": "https://ada:x@example.org/"}, "url"),
        ({"query": "SELECT 1"}, "query"),
        ({"format": "xml"}, "format"),
        ({"mode": "upsert"}, "mode"),
        ({"key": "id"}, "key"),
        ({"keep": 0}, "keep"),
        ({"max_age_s": -1}, "max_age_s"),
        ({"refresh": {"cron": "61 * * * *"}}, "refresh.cron"),
        ({"refresh": {"cron": "* * * * *"}}, "refresh.cron"),
        ({"refresh": {"cron": "0 3 * * *", "timezone": "Rome"}}, "refresh.timezone"),
        ({"headers": {"X-Key": {"secret": 5}}}, "headers.X-Key.value"),
        ({"headers": {"Authorization": "Bearer x"}}, "headers.Authorization"),
        ({"name": "a\nb"}, "name"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_is_wrong_is_refused_by_the_name_of_the_field(
    client: FlaskClient, ada: Headers, said: dict[str, Any], field: str
) -> None:
    answer = client.post(ROOT, headers=ada, json={**BODY, **said})
    assert answer.status_code == 422, answer.json
    assert field in [entry["field"] for entry in answer.json["errors"]]
    assert client.get(ROOT, headers=ada).json["items"] == []


def test_passwords_are_named_and_never_shown(client: FlaskClient, ada: Headers) -> None:
    body = {"name": "s", "kind": "sql", "url": "postgresql://db.example.org/shop", "query": "SELECT 1", "user": "r"}
    assert client.post(ROOT, headers=ada, json={**body, "password": "secret"}).status_code == 422
    made = client.post(ROOT, headers=ada, json={**body, "password": {"secret": "shop"}})
    assert made.json["password"] == {"secret": "shop"}


def test_another_users_source_is_not_there(client: FlaskClient, sign_in: Any, ada: Headers) -> None:
    source = client.post(ROOT, headers=ada, json=BODY).json["id"]
    eve = sign_in("eve")
    for method, path, body in (
        ("GET", "", None), ("PATCH", "", {"name": "x"}), ("DELETE", "", None), ("POST", "/fetch", None),
        ("GET", "/fetches", None), ("GET", "/fetches/1", None), ("POST", "/check", None),
    ):  # fmt: skip
        assert client.open(f"{ROOT}/{source}{path}", method=method, headers=eve, json=body).status_code == 404
    assert client.get(ROOT, headers=eve).json["items"] == []


def test_a_dataset_of_a_url_is_there_at_once_and_has_what_came(
    client: FlaskClient, ada: Headers, service: Service
) -> None:
    made = client.post("/api/v1/datasets", headers=ada, json={"url": "https://example.org/a/pri%20ces.csv?x=1"})
    assert (made.status_code, made.json["name"], made.json["state"]) == (201, "pri ces.csv", "uploaded")
    assert client.get(ROOT, headers=ada).json["items"] == []
    fetch_next(service)
    dataset = client.get(made.headers["Location"], headers=ada).json
    assert [column["name"] for column in dataset["columns"]] == ["age", "city"]
    assert dataset["origin"]["url"] == "https://example.org/a/pri%20ces.csv?x=1"
    assert not service.ports.tables.scan("source#", 10), "what it was fetched by is gone"


def test_a_dataset_of_a_url_that_cannot_be_fetched_is_rejected(
    client: FlaskClient, ada: Headers, service: Service, ada_id: str
) -> None:
    made = client.post("/api/v1/datasets", headers=ada, json={"url": "https://example.org/a.csv"})
    delivery = service.ports.queue.receive(FETCH_QUEUE, 0)
    assert delivery is not None
    claimed = service.claims.claim(load_message(delivery.body, service.kinds), "fetcher")
    assert claimed is not None
    service.work.fail(claimed, {"reason": "HTTP_STATUS", "detail": "The server answers 404.", "hint": ""})
    service.settler.finalize(claimed.ref)
    dataset = client.get(made.headers["Location"], headers=ada).json
    assert (dataset["state"], dataset["error"]["reason"]) == ("rejected", "HTTP_STATUS")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"url": "file:///etc/passwd"}, "BAD_URL"),
        ({"url": "http://10.0.0.1/a.csv"}, "ADDRESS_NOT_ALLOWED"),
        ({"url": "https://example.org/a.csv", "format": "xml"}, "VALIDATION_FAILED"),
        ({}, "VALIDATION_FAILED"),
    ],
)
def test_a_url_that_cannot_be_used_makes_no_dataset(
    client: FlaskClient, ada: Headers, body: dict[str, Any], reason: str
) -> None:
    answer = client.post("/api/v1/datasets", headers=ada, json=body)
    assert (answer.status_code, answer.json["reason"]) == (422, reason)
    assert client.get("/api/v1/datasets", headers=ada).json["items"] == []


def test_a_job_names_a_dataset_or_a_source_and_shows_what_it_waits_for(
    client: FlaskClient, ada: Headers, service: Service
) -> None:
    source = client.post(ROOT, headers=ada, json=BODY).json["id"]
    for body in ({"target": "age"}, {"target": "age", "source_id": source, "dataset_id": "x"}):
        answer = client.post("/api/v1/jobs", headers=ada, json=body)
        assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "dataset_id")
    job = client.post("/api/v1/jobs", headers=ada, json={"target": "age", "source_id": source}).json
    assert (job["state"], job["dataset_id"], job["source_id"]) == ("queued", None, source)
    assert (job["waiting_for"]["for"], job["waiting_for"]["fetch"]) == ("data", 1)
    assert client.delete(f"{ROOT}/{source}", headers=ada).json["reason"] == "SOURCE_IN_USE"
    fetch_next(service)
    job = client.get(f"/api/v1/jobs/{job['id']}", headers=ada).json
    assert job["dataset_id"]
    missing = client.post("/api/v1/jobs", headers=ada, json={"target": "age", "source_id": "nothing"})
    assert missing.status_code == 404


def test_bodies_of_other_formats_are_taken_by_their_media_types(client: FlaskClient, ada: Headers) -> None:
    lines = b'{"a": 1}\n{"a": 2}\n'
    for media_type in ("application/x-ndjson", "application/jsonl"):
        made = client.post("/api/v1/datasets", headers={**ada, "Content-Type": media_type}, data=lines)
        assert (made.status_code, made.json["source_format"]) == (201, "jsonl")


@pytest.mark.parametrize(
    "said",
    [
        {**BODY, "headers": {"A": "b"}, "refresh": {"cron": "0 3 * * *"}, "key": ["city"], "mode": "append"},
        {"name": "b", "kind": "bucket", "url": "gs://b/*.csv", "credentials": "ambient"},
        {"name": "s", "kind": "sql", "url": "mysql://h/d", "query": "SELECT 1", "user": "u",
         "password": {"secret": "p"}, "cursor": {"column": "a", "initial": 3}},
    ],
)  # fmt: skip
def test_what_is_shown_can_be_given_back_but_for_what_the_server_tells(
    client: FlaskClient, ada: Headers, said: dict[str, Any]
) -> None:
    """`nobrains sources edit --file` sends what `show` has printed."""
    made = client.post(ROOT, headers=ada, json=said).json
    body = {name: value for name, value in made.items() if name not in (*editing.READ_ONLY, "kind")}
    answer = client.patch(f"{ROOT}/{made['id']}", headers=ada, json=body)
    assert answer.status_code == 200, answer.text
    assert answer.json == {**made, "changed_at": answer.json["changed_at"], "next_at": answer.json["next_at"]}
