"""The commands, as typed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
import typer
from flask import Flask, Response, request
from typer.testing import CliRunner, Result

from nobrains_client import config
from nobrains_client.cli import main

Run = Callable[..., Result]
MODEL = {
    "id": "m1",
    "target": "y",
    "task": "binary",
    "metric": "auc",
    "scores": {
        "reported": {"auc": {"mean": 0.8731, "standard_error": 0.012, "method": "5-fold"}},
        "baseline": {"auc": {"mean": 0.5}},
    },
    "leaderboard": [{"name": "catboost", "score": 0.87, "weight": 0.7, "fit_s": 3.2, "predict_ms_per_row": 0.1}],
    "importance": [{"feature": "age", "importance": 0.31}],
    "warnings": ["Few rows."],
}
EVENTS = (
    ("state", {"state": "running"}),
    ("phase", {"phase": "searching"}),
    ("trial", {"number": 0, "model": "linear", "score": 0.8, "state": "complete"}),
    ("log", {"text": "Half of the time is over."}),
    ("done", {"state": "succeeded"}),
)


@pytest.fixture
def run(session: requests.Session, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command line against `app`."""
    monkeypatch.setattr(requests, "Session", lambda: session)
    config.save(config.Credentials("http://nobrains.test", "saved"))
    return lambda *words, **options: CliRunner().invoke(main.app, [*words], **options)


@pytest.fixture
def service(app: Flask) -> Flask:
    """A service where every training succeeds."""
    stream = "".join(
        f"id: {number}\nevent: {kind}\ndata: {json.dumps(data)}\n\n" for number, (kind, data) in enumerate(EVENTS)
    )
    columns = [{"name": "age", "type": "number", "missing": 1, "distinct": 9, "examples": ["3"], "warnings": []}]
    dataset = {
        "id": "d1",
        "name": "a.csv",
        "state": "ready",
        "rows": 9,
        "columns": columns,
        "size_bytes": 1234,
    }
    job = {
        "id": "j1",
        "target": "y",
        "metric": "auc",
        "state": "succeeded",
        "model_id": "m1",
        "time_budget_s": 60,
    }
    app.post("/api/v1/datasets")(lambda: (dataset, 201))
    app.get("/api/v1/datasets")(lambda: {"items": [dataset]})
    app.get("/api/v1/datasets/d1")(lambda: dataset)
    app.post("/api/v1/datasets/d1/checks")(lambda: {"task": "binary", "metric": "auc", "findings": []})
    app.post("/api/v1/jobs")(lambda: ({**job, "state": "queued"}, 202))
    app.get("/api/v1/jobs")(lambda: {"items": [job]})
    app.get("/api/v1/jobs/j1")(lambda: job)
    app.get("/api/v1/jobs/j1/events")(lambda: Response(stream, mimetype="text/event-stream"))
    app.post("/api/v1/jobs/j1/stop")(lambda: ("", 202))
    app.get("/api/v1/models")(lambda: {"items": [MODEL]})
    app.get("/api/v1/models/m1")(lambda: MODEL)
    app.post("/api/v1/models/m1/predict")(predicted)
    app.get("/api/v1/models/m1/download")(lambda: b"bundle")
    app.get("/api/v1/models/m1/report")(lambda: "<p>model")
    app.get("/api/v1/datasets/d1/report")(lambda: "<p>dataset")
    return app


def predicted() -> Response | dict[str, object]:
    """A table back for a table; for a row its prediction, explained."""
    if not request.is_json:
        return Response(b"age,prediction\n3,1\n", mimetype="text/csv")
    assert request.get_json() == {"instances": [{"age": "3", "city": "a=b"}], "explain": True, "strict": False}
    return {
        "predictions": ["yes"],
        "probabilities": [{"no": 0.2, "yes": 0.8}],
        "explanations": [{"age": -0.1, "city": 0.4}],
        "explanation_bases": [0.5],
        "explanation_unit": "probability",
    }


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.csv").write_text("age,y\n3,1\n")
    return tmp_path


@pytest.mark.usefixtures("service", "data")
class TestWithAService:
    def test_train_ends_with_the_score_and_the_next_command(self, run: Run) -> None:
        done = run("train", "a.csv", "--target", "y", "--budget", "1m")
        assert done.exit_code == 0, done.output
        assert "auc 0.8731 ± 0.012 (5-fold), baseline 0.5" in done.stdout
        assert "catboost" in done.stdout
        assert "predict m1 FILE.csv" in done.stdout
        assert "searching" in done.stderr
        assert "trial 0 linear: 0.8" in done.stderr

    def test_train_takes_a_dataset_and_need_not_wait(self, service: Flask, run: Run) -> None:
        seen: list[Any] = []
        service.view_functions["/api/v1/jobs ['POST']"] = lambda: (
            seen.append(request.get_json()) or {"id": "j9"},
            202,
        )
        done = run(
            "train",
            "d1",
            "--target",
            "y",
            "--budget",
            "2m",
            "--exclude",
            "id",
            "--model",
            "linear",
            "--no-wait",
        )
        assert done.exit_code == 0, done.output
        assert "watch j9" in done.stdout
        assert (seen[0]["time_budget_s"], seen[0]["exclude_columns"], seen[0]["models"]) == (
            120,
            ["id"],
            ["linear"],
        )

    def test_data_that_cannot_be_learnt_from_starts_nothing(self, service: Flask, run: Run) -> None:
        finding = {"severity": "error", "column": "y", "detail": "One value only.", "fix": "Choose another."}
        service.view_functions["/api/v1/datasets/d1/checks ['POST']"] = lambda: {"findings": [finding]}
        service.view_functions["/api/v1/jobs ['POST']"] = lambda: pytest.fail("a job was started")
        done = run("train", "d1", "--target", "y")
        assert done.exit_code == 1
        assert "Error: y: One value only. Choose another." in done.stderr

    def test_ctrl_c_leaves_the_job_and_says_how_to_come_back(self, service: Flask, run: Run) -> None:
        def interrupt() -> None:
            raise KeyboardInterrupt

        service.view_functions["/api/v1/jobs/j1/events ['GET']"] = interrupt
        done = run("watch", "j1")
        assert done.exit_code == 130
        assert "continues" in done.stderr
        assert "watch j1" in done.stderr

    @pytest.mark.parametrize(
        ("words", "shown"),
        [
            (["upload", "a.csv"], "train d1 --target COLUMN"),
            (["datasets"], "1.23 kB"),
            (["jobs", "--state", "succeeded"], "j1"),
            (["models"], "0.8731"),
            (["model", "m1"], "importance"),
            (["watch", "j1"], "predict m1 FILE.csv"),
            (["stop", "j1"], "watch j1"),
            (["predict", "m1", "a.csv", "-o", "-"], "age,prediction\n3,1\n"),
            (["explain", "m1", "age=3", "city=a=b"], "Predicted yes, with probability 0.8."),
            (["explain", "m1", "age=3", "city=a=b"], "Base prediction: 0.5"),
            (["explain", "m1", "age=3", "city=a=b", "--json"], '"explanation_unit"'),
        ],
    )
    def test_commands_show(self, run: Run, words: list[str], shown: str) -> None:
        done = run(*words)
        assert done.exit_code == 0, done.output
        assert shown in done.stdout

    @pytest.mark.parametrize(("command", "id_"), [("datasets", "d1"), ("jobs", "j1"), ("models", "m1")])
    def test_lists_are_json_for_programs(self, run: Run, command: str, id_: str) -> None:
        assert json.loads(run(command, "--json").stdout)[0]["id"] == id_

    def test_the_greatest_contribution_comes_first(self, run: Run) -> None:
        shown = run("explain", "m1", "age=3", "city=a=b").stdout
        assert shown.index("city") < shown.index("age")
        assert run("explain", "m1", "age").exit_code == 1
        assert run("explain", "m1", "age=1", "age=2").exit_code == 1

    def test_files_are_written_where_told_or_beside(self, run: Run, data: Path) -> None:
        assert run("predict", "m1", "a.csv").exit_code == 0
        assert run("predict", "m1", "a.csv", "-o", "b.csv").exit_code == 0
        assert run("download", "m1").exit_code == 0
        assert run("report", "m1").exit_code == 0
        assert run("report", "d1", "--dataset", "-o", "look.html").exit_code == 0
        assert (data / "a-predicted.csv").read_text() == (data / "b.csv").read_text() == "age,prediction\n3,1\n"
        assert (data / "m1.nb").read_bytes() == b"bundle"
        assert (data / "m1.html").read_text() == "<p>model"
        assert (data / "look.html").read_text() == "<p>dataset"


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
