"""The commands, as typed: usage, errors, signing in and out."""

from __future__ import annotations

from typing import Any

import pytest
import typer
from flask import Flask, request
from typer.testing import CliRunner

from nobrains_client import config
from nobrains_client.cli import main
from tests.unit.client.cli.conftest import Run


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["train", "a.csv"], "--target"),
        (["train", "nowhere.csv", "--target", "y"], "no file nowhere.csv"),
        (["train", "d1", "--target", "y", "--budget", "soon"], "90s, 5m or 1h"),
        (["upload", "nowhere.csv"], "nowhere.csv"),
        (["login", "--password-stdin"], "--username"),
    ],
)
def test_wrong_usage_is_exit_code_2(run: Run, words: list[str], hint: str) -> None:
    done = run(*words)
    assert done.exit_code == 2
    assert hint in done.stderr


def test_an_error_is_one_line_and_exit_code_1(app: Flask, run: Run, problem: Any) -> None:
    app.get("/api/v1/models/m")(lambda: problem(404, "MODEL_NOT_FOUND", "There is no model m."))
    done = run("model", "m")
    assert done.exit_code == 1
    assert done.stderr == "Error: There is no model m. [MODEL_NOT_FOUND]\n"


def test_being_signed_out_says_how_to_sign_in(app: Flask, run: Run, problem: Any) -> None:
    app.get("/api/v1/jobs")(lambda: problem(401, "UNAUTHORIZED", "The token has expired."))
    done = run("jobs")
    assert done.exit_code == 1
    assert "nobrains login" in done.stderr


def test_a_name_can_neither_style_nor_steer_the_terminal(app: Flask, run: Run) -> None:
    app.get("/api/v1/datasets")(lambda: {"items": [{"id": "d", "name": "[red]\x1b[2Jx"}]})
    shown = run("datasets").stdout
    assert "[red]" in shown
    assert "\x1b" not in shown


@pytest.mark.parametrize("words", [["--sign-up"], ["--password-stdin"]])
def test_login_keeps_the_token(app: Flask, run: Run, words: list[str]) -> None:
    seen: list[Any] = []
    app.post("/api/v1/users")(lambda: (seen.append(request.get_json()) or {"id": "u"}, 201))
    app.post("/api/v1/tokens")(lambda: (seen.append(request.get_json()) or {"token": "fresh"}, 201))
    typed = "a password\n" * (2 if words == ["--sign-up"] else 1)
    done = run("login", "--username", "ada", *words, input=typed)
    assert done.exit_code == 0, done.output
    assert config.load() == config.Credentials("http://nobrains.test", "fresh")
    assert seen[-1] == {"username": "ada", "password": "a password"}
    assert "fresh" not in done.output


def test_logout_forgets_the_token(app: Flask, run: Run) -> None:
    app.delete("/api/v1/tokens/current")(lambda: ("", 204))
    assert run("logout").exit_code == 0
    assert config.load() == config.Credentials("http://nobrains.test", None)


def test_every_command_teaches_by_example_and_mounts_on_another_app() -> None:
    other = typer.Typer()
    main.register(other)
    for command in other.registered_commands:
        assert command.callback is not None
        if command.callback.__name__ != "logout":
            assert "example" in (command.callback.__doc__ or "").lower(), command.callback.__name__
    assert CliRunner().invoke(other, ["train", "--help"]).exit_code == 0


def test_correct_sends_how_columns_are_read(run: Run, service: Flask) -> None:
    sent: list[Any] = []
    service.patch("/api/v1/datasets/d1")(lambda: sent.append(request.get_json()) or {"id": "d1"})
    given = ["--decimal-sign", "age=,", "--type", "a=b=number", "--unit", "age="]
    assert run("correct", "d1", *given).exit_code == 0
    assert sent == [{"columns": {"age": {"decimal_sign": ",", "unit": None}, "a=b": {"type": "number"}}}]


def test_correct_asks_what_to_correct(run: Run, service: Flask) -> None:
    assert run("correct", "d1").exit_code == 2
    assert run("correct", "d1", "--type", "number").exit_code == 2
