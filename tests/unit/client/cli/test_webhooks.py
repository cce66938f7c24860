"""The commands about webhooks."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask, request

from tests.unit.client.cli.conftest import Run

HOOK = {"id": "w1", "url": "https://example.org/hook", "events": ["job.*"], "note": "ops"}
MAIL = {"id": "w2", "url": "mailto:ada@example.org", "events": ["*"], "confirmed": False}
OFF = {"id": "w3", "url": "https://gone.example.org", "events": ["*"], "disabled": {"reason": "GONE"}}
DELIVERY = {
    "id": "d1",
    "event_id": "evt_1",
    "type": "job.failed",
    "at": "2026-11-30T10:00:00.000Z",
    "state": "waiting",
    "attempts": [{"status": 503}, {"status": None, "error": {"reason": "TIMED_OUT"}}],
}


@pytest.fixture
def sent(app: Flask) -> list[Any]:
    """What went out: method, path, body."""
    calls: list[Any] = []

    def answer(value: Any, status: int = 200) -> Any:
        def view(**_: str) -> Any:
            calls.append((request.method, request.path, request.get_json(silent=True)))
            return (value(request.get_json(silent=True)) if callable(value) else value), status

        return view

    def made(body: Any) -> Any:
        return MAIL if body["url"].startswith("mailto:") else {**HOOK, "secret": "whsec_abc"}

    base = "/api/v1/webhooks"
    app.add_url_rule(base, "create", answer(made, 201), methods=["POST"])
    app.add_url_rule(base, "list", answer({"items": [HOOK, MAIL, OFF]}))
    app.add_url_rule(f"{base}/<id>", "change", answer(HOOK), methods=["PATCH"])
    app.add_url_rule(f"{base}/<id>", "delete", answer("", 204), methods=["DELETE"])
    app.add_url_rule(f"{base}/<id>/test", "test", answer(DELIVERY, 202), methods=["POST"])
    app.add_url_rule(f"{base}/<id>/confirm", "confirm", answer({**MAIL, "confirmed": True}), methods=["POST"])
    app.add_url_rule(f"{base}/<id>/deliveries", "deliveries", answer({"items": [DELIVERY]}))
    app.add_url_rule(f"{base}/<id>/deliveries/<d>/redeliver", "again", answer(DELIVERY, 202), methods=["POST"])
    return calls


def test_the_secret_is_shown_once_it_is_made(run: Run, sent: list[Any]) -> None:
    shown = run("webhooks", "create", "https://example.org/hook", "--event", "job.*", "--note", "ops").stdout
    assert "whsec_abc" in shown
    assert sent[0][2]["events"] == ["job.*"]
    assert sent[0][2]["note"] == "ops"


@pytest.mark.usefixtures("sent")
def test_a_mail_address_is_confirmed_by_its_code(run: Run) -> None:
    assert "webhooks confirm w2 CODE" in run("webhooks", "create", "mailto:ada@example.org").stdout
    assert "ada@example.org is told from now on." in run("webhooks", "confirm", "w2", "123").stdout


@pytest.mark.usefixtures("sent")
def test_the_list_says_how_each_is(run: Run) -> None:
    shown = run("webhooks", "list").stdout
    for words in ("on", "not confirmed", "off: GONE"):
        assert words in shown


@pytest.mark.usefixtures("sent")
def test_deliveries_are_listed_with_their_last_try_and_sent_again(run: Run) -> None:
    shown = run("webhooks", "deliveries", "w1").stdout
    assert "job.failed" in shown
    assert "TIMED_OUT" in shown
    assert "evt_1 (job.failed) is sent again." in run("webhooks", "redeliver", "w1", "d1").stdout
    assert "Sent evt_1." in run("webhooks", "test", "w1").stdout


def test_one_is_switched_off_and_on_and_deleted(run: Run, sent: list[Any]) -> None:
    run("webhooks", "disable", "w1")
    run("webhooks", "enable", "w1")
    assert "is deleted." in run("webhooks", "delete", "w1").stdout
    assert [(method, body) for method, _, body in sent] == [
        ("PATCH", {"enabled": False}),
        ("PATCH", {"enabled": True}),
        ("DELETE", None),
    ]
