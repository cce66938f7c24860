"""The `nobrains` command, as a person types it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import automl
from automl.__main__ import main as automl_command
from backends.factory import create_backends
from core.service import Service
from core.settings import Settings
from nobrains.main import app
from tests.unit.automl.io.formats.workbooks import xlsx

CSV = "size,colour,price\n" + "".join(
    f"{number},{('red', 'blue')[number % 2]},{2 * number + number % 2}\n" for number in range(60)
)


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, result.output


def modules_after(statement: str) -> set[str]:
    """What a fresh interpreter has imported after it."""
    code = f"{statement}\nimport sys; print(*{{name.split('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_help_names_every_command_and_imports_nothing_heavy() -> None:
    code, text = run("--help")
    assert code == 0
    for command in ("serve", "api", "worker", "init", "doctor", "fit", "login", "upload", "train", "predict"):
        assert command in text
    loaded = modules_after("import nobrains.main")
    assert not loaded & {"flask", "pandas", "numpy", "sklearn", "tensorflow", "requests", "automl", "gunicorn"}


def test_the_api_carries_no_engine() -> None:
    loaded = modules_after("import api.app, nobrains.gunicorn_server")
    assert not loaded & {"automl", "pandas", "sklearn", "xgboost", "lightgbm", "catboost", "tensorflow", "optuna"}


@pytest.mark.parametrize("command", ["serve", "api", "worker", "init", "doctor", "fit", "train", "predict"])
def test_every_command_explains_itself(command: str) -> None:
    code, text = run(command, "--help")
    assert code == 0
    assert "Usage" in text


def test_fit_writes_a_bundle_that_predicts(tmp_path: Path) -> None:
    file = tmp_path / "prices.csv"
    file.write_text(CSV)
    code, text = run("fit", str(file), "--target", "price", "--budget", "3s", "--model", "linear")
    assert code == 0, text
    assert "rmse" in text
    assert "python -m automl predict" in text
    model = automl.load(tmp_path / "prices.nb")
    assert model.predict({"size": [10], "colour": ["red"]})[0] == pytest.approx(20, abs=3)


def test_fit_and_the_model_take_workbooks(tmp_path: Path) -> None:
    file = tmp_path / "prices.xlsx"
    cells = [[int(cell) if cell.isdigit() else cell for cell in line.split(",")] for line in CSV.splitlines()]
    file.write_bytes(xlsx({"Notes": [["x"], ["y"]], "Prices": cells}))
    options = ("--target", "price", "--budget", "3s", "--model", "linear")
    code, text = run("fit", str(file), *options, "--sheet", "Prices")
    assert code == 0, text
    command = ["predict", str(tmp_path / "prices.nb"), str(file), "--sheet", "Prices", "-o", str(tmp_path / "out.csv")]
    assert automl_command(command) == 0
    assert (tmp_path / "out.csv").read_text().startswith("size,colour,price,prediction")
    code, text = run("fit", str(file), *options, "--sheet", "Costs")
    assert code == 1
    assert "'Costs'" in text


@pytest.mark.parametrize(
    ("csv", "options", "said"),
    [
        (CSV, ("--target", "weight"), "weight"),
        (CSV, ("--target", "price", "--model", "magic"), "magic"),
        (CSV, ("--target", "price", "--metric", "auc"), "auc"),
        (CSV, ("--target", "price", "--budget", "soon"), "soon"),
        ("", ("--target", "price"), "empty"),
        ("price\n", ("--target", "price"), "row"),
        ("a,price\n1,2,3\n", ("--target", "price"), "ine 2"),
    ],
)
def test_fit_says_what_is_wrong(tmp_path: Path, csv: str, options: tuple[str, ...], said: str) -> None:
    file = tmp_path / "table.csv"
    file.write_text(csv)
    code, text = run("fit", str(file), *options)
    assert code in (1, 2)
    assert said in text
    assert "Traceback" not in text


def test_init_makes_everything_once_and_again(tmp_path: Path) -> None:
    for _ in range(2):
        code, text = run("init", "--data", str(tmp_path / "data"))
        assert code == 0, text
    assert {path.name for path in (tmp_path / "data").iterdir()} >= {"tables.db", "queue.db", "blobs"}


def test_init_makes_the_first_account_though_sign_up_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOBRAINS_SIGNUP", "closed")
    command = ["init", "--data", str(tmp_path), "--username", "ada", "--password-stdin"]
    result = CliRunner().invoke(app, command, input="correct horse\n")
    assert result.exit_code == 0, result.output
    again = CliRunner().invoke(app, command, input="correct horse\n")
    assert again.exit_code == 1
    assert "taken" in again.output


def test_the_first_account_is_an_administrator_and_others_are_promoted(tmp_path: Path) -> None:
    for name in ("ada", "grace"):
        command = ["init", "--data", str(tmp_path), "--username", name, "--password-stdin"]
        assert CliRunner().invoke(app, command, input="correct horse\n").exit_code == 0
    ports = create_backends(Settings({}, data=str(tmp_path)))
    service = Service(ports, Settings({}))
    assert [user.role for user in service.administration.users(10).items] == ["admin", "admin"]
    lin = service.accounts.sign_up("lin", "correct horse")
    assert run("init", "--data", str(tmp_path), "--promote", "lin")[0] == 0
    assert service.accounts.get(lin.id).role == "admin"
    assert {line.actor for line in service.audit.page(10).items} == {"operator"}
    ports.close()
    code, text = run("init", "--data", str(tmp_path), "--promote", "nobody")
    assert (code, "no account 'nobody'" in text) == (1, True)


def test_doctor_is_content_with_a_good_machine(tmp_path: Path) -> None:
    code, text = run("doctor", "--data", str(tmp_path / "data"))
    assert code == 0, text


def test_doctor_says_what_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOBRAINS_TREADS", "4")
    (tmp_path / "file").write_text("")
    code, text = run("doctor", "--data", str(tmp_path / "file"))
    assert code == 1
    assert "NOBRAINS_TREADS" in text
    assert "Traceback" not in text


def test_a_wrong_setting_ends_the_program_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOBRAINS_THREADS", "many")
    code, text = run("worker", "--queue", "train")
    assert code == 1
    assert "NOBRAINS_THREADS" in text


def test_a_taken_port_is_said(tmp_path: Path) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-m", "nobrains", "serve", "--port", port, "--data", str(tmp_path)],
            capture_output=True,
            text=True,
            timeout=30,
        )
    assert done.returncode == 1
    assert port in done.stderr
    assert "Traceback" not in done.stderr
