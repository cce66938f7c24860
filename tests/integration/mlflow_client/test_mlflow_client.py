"""MLflow's client as it is, in an environment of its own, against a running service."""

from __future__ import annotations

import json
import os
import random
import subprocess
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
import requests

from tests.emulators.ports import reserve_ports
from tests.integration.end_to_end.conftest import bearer, url
from tests.integration.mlflow_client.environment import make_environment
from tests.waiting import wait_for

if TYPE_CHECKING:
    from nobrains_client import Client, Model
    from tests.integration.conftest import Server

pytestmark = [pytest.mark.integration, pytest.mark.long]

SCENARIO = Path(__file__).parent / "scenario.py"
RECORDED = Path(__file__).parents[2] / "unit" / "api" / "mlflow" / "recorded_calls.json"
NAME, EXPERIMENT = "salaries", "incomes.csv/income"
NULLABLE = ("age", "job", "joined")


@pytest.fixture(scope="module")
def programs() -> Path:
    return make_environment()


def table(path: Path) -> Path:
    """Numbers, a category, a date and a decimal sign; some cells of three columns are missing."""
    rng = random.Random(0)
    lines = ["age;job;joined;pay;income"]
    for _ in range(400):
        age, job, pay = rng.randint(18, 80), rng.choice(["cook", "clerk", "nurse"]), rng.gauss(30, 8)
        cells = [str(age), job, f"{rng.randint(13, 28)}/{rng.randint(1, 12)}/{rng.randint(2001, 2020)}"]
        cells = ["" if rng.random() < 0.1 else cell for cell in cells]
        rich = pay + age / 4 + 6 * (job == "nurse") + rng.gauss(0, 3) > 42
        lines.append(";".join([*cells, f"{pay:.2f}".replace(".", ","), ">50K" if rich else "<=50K"]))
    path.write_text("\n".join(lines))
    return path


@dataclass
class World:
    """A service with an endpoint of two versions."""

    client: Client
    model: Model
    rows: list[dict[str, Any]]
    partial: list[dict[str, Any]]

    def predicted(self, rows: list[dict[str, Any]]) -> dict[str, Any]:
        """By REST."""
        answer = requests.post(
            url(self.client, f"/models/{self.model.id}/predict"), json={"instances": rows}, headers=bearer(self.client),
            timeout=60,
        )  # fmt: skip
        found: dict[str, Any] = answer.json()
        return found


@pytest.fixture(scope="module")
def world(server: Server, tmp_path_factory: pytest.TempPathFactory) -> World:
    client = server.client("mlflow")
    file = table(tmp_path_factory.mktemp("incomes") / "incomes.csv")
    dataset = client.wait_ready(client.upload(file))
    job = client.train(dataset, "income", 600, models=["linear", "lightgbm"])
    wait_for(lambda: {trial.model for trial in client.trials(job) if trial.state == "complete"} > {"linear"})
    client.stop(job)
    model = client.model(str(client.wait(job).model_id))
    headers = bearer(client)
    made = requests.post(
        url(client, "/endpoints"), json={"name": NAME, "model_id": model.id}, headers=headers, timeout=60
    )
    assert made.status_code == 201, made.text
    second = requests.post(
        url(client, "/endpoints/salaries/versions"), json={"model_id": model.id}, headers=headers, timeout=60
    )
    assert second.json()["version"] == 2
    lines = [line.split(";")[:4] for line in file.read_text().splitlines()[1:33]]
    rows = [
        {"age": float(age) if age else None, "job": job or None, "joined": joined or None, "pay": pay}
        for age, job, joined, pay in lines
    ]
    partial = [{name: row[name] for name in row if name not in NULLABLE} for row in rows]
    assert {each.name for each in model.features if each.required} <= set(partial[0])
    return World(client, model, rows, partial)


@pytest.fixture(scope="module")
def outcome(programs: Path, world: World, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    given = tmp_path_factory.mktemp("scenario") / "given.json"
    about = {"name": NAME, "experiment": EXPERIMENT, "rows": world.rows, "partial": world.partial}
    given.write_text(json.dumps(about))
    done = subprocess.run(
        [programs / "python", SCENARIO, given], capture_output=True, text=True, env=environ(world), check=False
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def environ(world: World) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_TRACKING_URI": f"{world.client.url}/mlflow", "MLFLOW_TRACKING_TOKEN": str(world.client.token),
    }  # fmt: skip


@pytest.fixture
def seen(outcome: dict[str, Any]) -> dict[str, Any]:
    return dict(outcome["seen"])


def test_runs_are_jobs_and_trials(seen: dict[str, Any], world: World) -> None:
    assert seen["experiments"] == [EXPERIMENT]
    assert {"run_id", "metrics.auc", "params.target", "tags.mlflow.parentRunId"} <= set(seen["columns"])
    assert seen["run"]["status"] == "FINISHED"
    assert seen["run"]["metrics"]["auc"] == world.model.scores.reported["auc"].mean
    assert {"linear", "lightgbm"} <= set(seen["nested"])
    scores = [value for _, value in seen["history"]]
    assert scores == sorted(scores)
    assert scores


def test_endpoints_are_registered_models(seen: dict[str, Any]) -> None:
    assert seen["models"] == {NAME: {"champion": "1"}}
    assert (seen["versions"], seen["model"], seen["version"]) == (["2", "1"], NAME, "READY")
    assert seen["champion"] == ["1", True]


@pytest.mark.parametrize("loaded", ["first", "of_run"])
def test_a_loaded_model_answers_as_rest_does(seen: dict[str, Any], world: World, loaded: str) -> None:
    whole, partial = world.predicted(world.rows), world.predicted(world.partial)
    assert seen[loaded]["labels"] == seen["latest"] == whole["predictions"]
    for answers, rest in (("probabilities", whole), ("partial", partial)):
        for found, expected in zip(seen[loaded][answers], rest["probabilities"], strict=True):
            assert found == pytest.approx(expected, abs=1e-6)


def test_files_are_downloaded(seen: dict[str, Any]) -> None:
    assert seen["files"].keys() == {"report.html", "model.onnx", "evaluation.json", "model/MLmodel"}
    assert all(seen["files"].values())
    assert {"model/MLmodel", "model/code", "model/model.onnx"} <= set(seen["listed"])


def test_promotion_by_alias_is_a_change(seen: dict[str, Any], world: World) -> None:
    assert seen["promoted"] == "2"
    shown = requests.get(
        url(world.client, "/endpoints/salaries/changes"), headers=bearer(world.client), timeout=60
    ).json()["items"]
    assert [(each["action"], each["alias"]) for each in shown] == [
        ("alias.delete", "candidate"), ("alias.set", "champion"), ("alias.set", "candidate"),
        ("endpoint.create", "champion"),
    ]  # fmt: skip


def test_its_errors_are_read(seen: dict[str, Any]) -> None:
    assert seen["missing_alias"][0] == "RESOURCE_DOES_NOT_EXIST"
    assert seen["start_run"][0] == seen["register"][0] == "NOT_IMPLEMENTED"
    assert "POST /api/v1/jobs" in seen["start_run"][1]
    assert seen["filter"][0] == "INVALID_PARAMETER_VALUE"
    assert "LIKE" in seen["filter"][1]
    assert seen["missing_experiment"] is None


def test_the_recorded_calls_are_those_of_today(outcome: dict[str, Any], tmp_path: Path) -> None:
    """`tests/unit/api/mlflow/test_recorded_calls.py` replays them without MLflow."""
    today = without_ids(outcome)
    (tmp_path / RECORDED.name).write_text(json.dumps(today, indent=1) + "\n")
    recorded = json.loads(RECORDED.read_text())
    same = {json.dumps(call) for call in today} == {json.dumps(call) for call in recorded}
    assert same, f"MLflow's client sends other calls now: {tmp_path / RECORDED.name} has them"


def without_ids(outcome: dict[str, Any]) -> list[dict[str, Any]]:
    """The different calls, with `{run_id}` and the like where ids were."""
    text = json.dumps(outcome["calls"])
    for name, id in {**outcome["ids"], "name": NAME, "experiment": EXPERIMENT}.items():
        for written in (id, quote(id, safe="")):
            text = text.replace(written, f"{{{name}}}")
    calls: list[dict[str, Any]] = json.loads(text)
    for call in calls:
        (call["body"] or {}).pop("start_time", None)
    return list({json.dumps(call): call for call in calls}.values())


def test_the_downloaded_folder_is_served(programs: Path, world: World, tmp_path: Path) -> None:
    archive = requests.get(
        url(world.client, "/endpoints/salaries/versions/1/download?format=mlflow"), headers=bearer(world.client),
        timeout=120,
    )  # fmt: skip
    (tmp_path / "model.zip").write_bytes(archive.content)
    with zipfile.ZipFile(tmp_path / "model.zip") as file:
        file.extractall(tmp_path / "model")
    [port] = reserve_ports(1)
    command = [programs / "mlflow", "models", "serve", "-m", "model", "--env-manager", "local", "-p", str(port)]
    path = f"{programs}:{os.environ['PATH']}"
    with open(tmp_path / "serve.log", "wb") as log:
        server = subprocess.Popen(
            command, cwd=tmp_path, stdout=log, stderr=log, env={**environ(world), "PATH": path}, start_new_session=True
        )
    try:
        wait_for(lambda: server.poll() is not None or _answers(port))
        assert server.poll() is None, (tmp_path / "serve.log").read_text()
        body = {
            "dataframe_split": {"columns": list(world.rows[0]), "data": [list(row.values()) for row in world.rows]},
            "params": {"probabilities": True},
        }
        answer = requests.post(f"http://127.0.0.1:{port}/invocations", json=body, timeout=60)
        found = answer.json()["predictions"]
    finally:
        os.killpg(server.pid, 15)
        server.wait()
    for each, expected in zip(found, world.predicted(world.rows)["probabilities"], strict=True):
        assert each == pytest.approx(expected, abs=1e-6)


def _answers(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/ping", timeout=5).status_code == 200
    except requests.ConnectionError:
        return False
