"""The commands about sources."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, request

from tests.unit.client.cli.conftest import Run

SOURCE = {"id": "s1", "name": "sales", "kind": "sql", "url": "postgresql://db/shop", "last_fetch": None}


@pytest.fixture
def made(service: Flask) -> list[Any]:
    """What POST /sources was sent."""
    seen: list[Any] = []
    service.post("/api/v1/sources")(lambda: (seen.append(request.get_json()) or SOURCE, 201))
    return seen


def test_the_kind_follows_from_the_address_and_secrets_are_named(made: list[Any], run: Run) -> None:
    done = run(
        "sources", "create", "sales", "postgresql://db/shop", "--user", "r", "--password", "shop", "--query",
        "SELECT * FROM a WHERE id > :cursor", "--cursor", "id", "--cursor-initial", "0", "--cron", "0 3 * * *",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "sources fetch s1" in done.stdout
    assert made[0] == {
        "name": "sales", "kind": "sql", "url": "postgresql://db/shop", "user": "r", "password": {"secret": "shop"},
        "query": "SELECT * FROM a WHERE id > :cursor", "cursor": {"column": "id", "initial": 0},
        "refresh": {"cron": "0 3 * * *", "timezone": "UTC"},
    }  # fmt: skip
    run("sources", "create", "p", "https://example.org/a.csv", "--header", "X-Key=@token", "--append", "--key", "id")
    assert (made[1]["kind"], made[1]["headers"]) == ("http", {"X-Key": {"secret": "token"}})
    assert (made[1]["mode"], made[1]["key"]) == ("append", ["id"])
    run("sources", "create", "p", "--endpoint", "income", "--window", "30d")
    assert (made[2]["kind"], made[2]["endpoint"]) == ("endpoint", "income")


def test_a_fetch_ends_with_what_it_brought(service: Flask, run: Run) -> None:
    fetch = {"id": "s1-1", "number": 1, "state": "ready", "bytes": 12345, "dataset_id": "d1"}
    service.post("/api/v1/sources/s1/fetch")(lambda: ({**fetch, "state": "waiting"}, 202))
    service.get("/api/v1/sources/s1/fetches/1")(lambda: fetch)
    done = run("sources", "fetch", "s1")
    assert done.exit_code == 0, done.output
    assert "12,345 bytes: dataset d1" in done.stdout


def test_training_takes_a_source_or_a_dataset_and_not_both(service: Flask, run: Run) -> None:
    seen: list[Any] = []
    service.get("/api/v1/sources/s1")(lambda: SOURCE)
    service.view_functions["/api/v1/jobs ['POST']"] = lambda: (seen.append(request.get_json()) or {"id": "j9"}, 202)
    done = run("train", "--source", "s1", "--target", "y", "--no-wait")
    assert done.exit_code == 0, done.output
    assert seen[0]["source_id"] == "s1"
    assert run("train", "d1", "--source", "s1", "--target", "y").exit_code != 0
    assert run("train", "--target", "y").exit_code != 0


@pytest.fixture
def changed(service: Flask) -> list[Any]:
    """A source with much said; what PATCH was sent."""
    seen: list[Any] = []
    full = {
        **SOURCE, "headers": {"A": "1", "B": {"secret": "b"}}, "cursor": {"column": "id", "initial": 0}, "sheet": None,
        "refresh": {"cron": "@daily", "timezone": "Europe/Rome"}, "refresh_words": "at midnight", "dataset_id": "d1",
    }  # fmt: skip
    service.get("/api/v1/sources/s1")(lambda: full)
    service.patch("/api/v1/sources/s1")(lambda: seen.append(request.get_json()) or {**full, **request.get_json()})
    return seen


@pytest.mark.parametrize(
    ("options", "body"),
    [
        (["--max-age", "60", "--name", "b"], {"name": "b", "max_age_s": 60}),
        (["--header", "B=@c"], {"headers": {"A": "1", "B": {"secret": "c"}}}),
        (["--cursor-initial", "9"], {"cursor": {"column": "id", "initial": 9}}),
        (["--cron", "@weekly"], {"refresh": {"cron": "@weekly", "timezone": "Europe/Rome"}}),
        (["--cron", "none", "--replace"], {"refresh": None, "mode": "replace"}),
        (["--password", "other", "--key", "a", "--key", "b"], {"password": {"secret": "other"}, "key": ["a", "b"]}),
    ],
)
def test_what_is_named_of_a_source_is_different(
    changed: list[Any], run: Run, options: list[str], body: dict[str, Any]
) -> None:
    done = run("sources", "edit", "s1", *options)
    assert done.exit_code == 0, done.output
    assert changed == [body]
    assert all(name in done.stdout for name in body)


def test_a_source_that_was_shown_can_be_changed_and_given_back(changed: list[Any], run: Run, data: Path) -> None:
    shown = json.loads(run("sources", "show", "s1").stdout)
    (data / "source.json").write_text(json.dumps({**shown, "keep": 3}))
    assert run("sources", "edit", "s1", "--file", "source.json", "--query", "SELECT 1").exit_code == 0
    read_only = {"id", "kind", "refresh_words", "dataset_id", "last_fetch"}
    assert changed == [{name: said for name, said in shown.items() if name not in read_only}
                       | {"keep": 3, "query": "SELECT 1"}]  # fmt: skip
    other = run("sources", "edit", "s1", "--file", "-", input='{"kind": "http"}')
    assert other.exit_code == 2
    assert "of the kind sql" in " ".join(other.stderr.replace("│", " ").split())
    assert run("sources", "edit", "s1").exit_code == 2
    assert len(changed) == 1
