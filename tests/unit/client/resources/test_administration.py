"""What administrators do, by calls and by commands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests
from flask import Flask, request
from typer.testing import CliRunner, Result

import nobrains_client as sdk
from nobrains_client import Client, config
from nobrains_client.cli import main

Run = Callable[..., Result]
GRACE: dict[str, Any] = {
    "id": "u1", "username": "grace", "role": "user", "locked": False, "created_at": "2026-11-21T08:00:00Z",
    "quotas": {"datasets": 5, "streams": 20}, "own_quotas": {"datasets": 5},
}  # fmt: skip
LINE = {"at": "2026-11-21T08:00:00Z", "actor": "u1", "action": "POST /jobs", "subject": "/jobs/j1", "status": 202,
        "remote": "10.0.0.7"}  # fmt: skip


@pytest.fixture
def seen(app: Flask) -> list[Any]:
    """What an administrator's server was asked to change."""
    requests: list[Any] = []

    def note(**changed: Any) -> dict[str, Any]:
        requests.append((request.path.removeprefix("/api/v1/admin/users/"), request.get_json(silent=True)))
        return {**GRACE, **changed}

    def users() -> dict[str, Any]:
        return {"items": [GRACE] if request.args.get("username", "grace") == "grace" else []}

    app.get("/api/v1/admin/users")(users)
    app.get("/api/v1/admin/users/u1")(lambda: {**GRACE, "use": {"datasets": 2}})
    app.post("/api/v1/admin/users")(lambda: (note(), 201))
    app.post("/api/v1/admin/users/u1/lock")(lambda: note(locked=True))
    app.post("/api/v1/admin/users/u1/unlock")(lambda: note())
    app.put("/api/v1/admin/users/u1/role")(lambda: note(role="admin"))
    app.put("/api/v1/admin/users/u1/quotas")(lambda: note(own_quotas=request.get_json()))
    app.put("/api/v1/admin/users/u1/password")(lambda: (note(), 204))
    app.get("/api/v1/admin/jobs")(
        lambda: {"items": [{"id": "j1", "username": "grace", "target": "y", "state": request.args.get("state", "")}]}
    )
    app.get("/api/v1/admin/audit")(lambda: {"items": [{**LINE, "request_id": request.args.get("actor", "all")}]})
    return requests


@pytest.fixture
def run(session: requests.Session, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command line of `nobrains admin` against `app`."""
    monkeypatch.setattr(requests, "Session", lambda: session)
    config.save(config.Credentials("http://nobrains.test", "saved"))
    return lambda *words, **options: CliRunner().invoke(main.app, ["admin", *words], **options)


def test_every_call_asks_for_what_it_says(client: Client, seen: list[Any]) -> None:
    admin = client.admin
    (grace,) = admin.users()
    assert (grace.username, grace.own_quotas) == ("grace", {"datasets": 5})
    assert admin.named("nobody") is None
    assert admin.user(grace).use == {"datasets": 2}
    assert admin.create_user("grace", "a long password").id == "u1"
    assert admin.lock(grace).locked
    assert not admin.unlock("u1").locked
    assert admin.set_role(grace, "admin").role == "admin"
    assert admin.set_quotas(grace, datasets=7, streams=None).own_quotas == {"datasets": 7, "streams": None}
    admin.set_password(grace, "another password")
    assert seen[0] == ("/api/v1/admin/users", {"username": "grace", "password": "a long password", "role": "user"})
    assert seen[-1] == ("u1/password", {"new_password": "another password"})
    assert [(job.username, job.state) for job in admin.jobs("failed")] == [("grace", "failed")]
    assert [line.request_id for line in admin.audit()] == ["all"]
    assert [line.request_id for line in admin.audit(grace)] == ["u1"]


def test_who_is_no_administrator_is_told(app: Flask, client: Client, problem: Any) -> None:
    app.get("/api/v1/admin/users")(lambda: problem(403, "ADMIN_ONLY"))
    with pytest.raises(sdk.ApiError, match="ADMIN_ONLY"):
        list(client.admin.users())


def test_lists_on_the_command_line(run: Run, seen: list[Any]) -> None:
    assert "grace" in run("users").output
    assert '"own_quotas"' in run("users", "--json").output
    assert "running" in run("jobs", "--state", "running").output
    assert "/jobs/j1" in run("audit").output
    assert '"u1"' in run("audit", "--username", "grace", "--json").output


@pytest.mark.parametrize(
    ("words", "expected", "said"),
    [
        (("lock", "grace"), ("u1/lock", None), "locked"),
        (("unlock", "grace"), ("u1/unlock", None), "unlocked"),
        (("role", "grace", "admin"), ("u1/role", {"role": "admin"}), "role admin"),
        (("quota", "grace", "--streams", "3"), ("u1/quotas", {"datasets": 5, "streams": 3}), "this account"),
        (("quota", "grace", "--reset"), ("u1/quotas", {}), "default"),
        (("password", "grace", "--password-stdin"), ("u1/password", {"new_password": "a long one"}), "new password"),
    ],
)
def test_changes_on_the_command_line(
    run: Run, seen: list[Any], words: tuple[str, ...], expected: tuple[str, Any], said: str
) -> None:
    result = run(*words, input="a long one\n")
    assert result.exit_code == 0, result.output
    assert seen == [expected]
    assert said in result.output


def test_an_account_is_made_on_the_command_line(run: Run, seen: list[Any]) -> None:
    result = run("create", "grace", "--admin", "--password-stdin", input="a long one\n")
    assert result.exit_code == 0, result.output
    assert seen[0][1] == {"username": "grace", "password": "a long one", "role": "admin"}


def test_quotas_are_only_shown_where_none_is_named(run: Run, seen: list[Any]) -> None:
    result = run("quota", "grace")
    assert "datasets" in result.output
    assert seen == []


def test_a_name_that_nobody_has(run: Run, seen: list[Any]) -> None:
    result = run("lock", "nobody")
    assert result.exit_code == 1
    assert "no account 'nobody'" in result.output
    assert seen == []
