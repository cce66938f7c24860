"""Sources from Python: what is sent, and waiting for a fetch."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask, request

import nobrains_client as sdk
from nobrains_client import Client


def test_a_source_is_made_once_with_what_was_given(client: Client, app: Flask) -> None:
    seen: list[Any] = []

    @app.post("/api/v1/sources")
    def create() -> tuple[dict[str, Any], int]:
        seen.append((request.get_json(), request.headers.get("Idempotency-Key")))
        return {"id": "s1", "kind": "http", "key": ["id"], "last_fetch": None}, 201

    source = client.create_source("prices", "http", url="https://example.org/a.csv", key=["id"], refresh=None)
    assert (source.id, source.key, source.last_fetch) == ("s1", ("id",), None)
    body, key = seen[0]
    assert body == {"name": "prices", "kind": "http", "url": "https://example.org/a.csv", "key": ["id"]}
    assert key


@pytest.mark.parametrize("end", ["ready", "unchanged", "failed"])
def test_a_fetch_is_waited_for(client: Client, app: Flask, end: str) -> None:
    states = iter(["waiting", "fetching", end])
    app.post("/api/v1/sources/s1/fetch")(lambda: ({"id": "s1-1", "number": 1, "state": "waiting"}, 202))
    error = {"reason": "HTTP_STATUS", "detail": "The server answers 404."} if end == "failed" else None
    app.get("/api/v1/sources/s1/fetches/1")(
        lambda: {"id": "s1-1", "number": 1, "state": next(states), "dataset_id": "d1", "error": error}
    )
    if end == "failed":
        with pytest.raises(sdk.FetchFailed, match="HTTP_STATUS"):
            client.fetch_source("s1", wait=True)
    else:
        assert client.fetch_source("s1", wait=True).state == end


def test_a_job_may_be_trained_on_a_source_and_a_dataset_be_a_url(client: Client, app: Flask) -> None:
    seen: dict[str, Any] = {}
    app.post("/api/v1/jobs")(
        lambda: ({"id": "j1", "dataset_id": seen.setdefault("job", request.get_json()) and None}, 202)
    )
    app.post("/api/v1/datasets")(lambda: ({"id": seen.setdefault("url", request.get_json())["name"]}, 201))
    assert client.train(sdk.Source(id="s1"), "price").dataset_id == ""
    assert seen["job"]["source_id"] == "s1"
    assert "dataset_id" not in seen["job"]
    assert client.upload_url("https://example.org/a.csv", "a").id == "a"
    assert seen["url"] == {"url": "https://example.org/a.csv", "name": "a"}
