"""Secrets over HTTP: nothing gives one out."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

Headers = dict[str, str]
ROOT = "/api/v1/secrets"


def test_a_secret_is_put_listed_by_name_and_deleted(client: FlaskClient, ada: Headers) -> None:
    put = client.put(f"{ROOT}/warehouse", headers=ada, json={"value": "correct horse"})
    assert (put.status_code, put.data) == (204, b"")
    listed = client.get(ROOT, headers=ada)
    assert [item["name"] for item in listed.json["items"]] == ["warehouse"]
    assert b"horse" not in listed.data
    assert b"horse" not in client.get("/api/v1/activity", headers=ada).data
    assert client.delete(f"{ROOT}/warehouse", headers=ada).status_code == 204
    assert client.delete(f"{ROOT}/warehouse", headers=ada).status_code == 404
    assert client.get(ROOT, headers=ada).json["items"] == []


@pytest.mark.parametrize(
    ("name", "body", "reason"),
    [
        ("a b", {"value": "x"}, "BAD_SECRET_NAME"),
        ("a", {"value": ""}, "VALIDATION_FAILED"),
        ("a", {"value": "é" * 40_000}, "SECRET_TOO_LONG"),
        ("a", {"value": {"x": 1}}, "VALIDATION_FAILED"),
        ("a", {}, "VALIDATION_FAILED"),
        ("a", {"value": "x", "colour": "red"}, "VALIDATION_FAILED"),
    ],
)
def test_what_cannot_be_kept_is_refused(
    client: FlaskClient, ada: Headers, name: str, body: dict[str, Any], reason: str
) -> None:
    answer = client.put(f"{ROOT}/{name}", headers=ada, json=body)
    assert (answer.status_code, answer.json["reason"]) == (422, reason)
    assert "é" not in answer.text
