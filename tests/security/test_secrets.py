"""No secret in any log line, error answer, metric, process list or stored row of a whole road."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests

from tests.integration.conftest import Server

pytestmark = pytest.mark.integration

PASSWORD = "correct-horse-battery"
WRONG = "wrong-horse-battery"
SECOND = "another-horse-battery"
CELL = "cell-that-nobody-else-may-see"


class Road:
    """A user of a real server who remembers each secret, and what was answered badly."""

    def __init__(self, url: str) -> None:
        self.url = f"{url}/api/v1"
        self.secrets = {PASSWORD, WRONG, SECOND, CELL}
        self.errors: list[str] = []
        self.http = requests.Session()

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        answer = self.http.request(method, self.url + path, timeout=60, **options)
        if answer.status_code >= 400:
            self.errors.append(answer.text)
        return answer

    def learn(self, secret: str) -> str:
        self.secrets.add(secret)
        return secret


def walk(road: Road) -> None:
    """Everything that has a secret in it, right and wrong."""
    pair = {"username": "ada", "password": PASSWORD}
    road.call("POST", "/users", json=pair)
    road.call("POST", "/users", json=pair)
    road.call("POST", "/tokens", json={**pair, "password": WRONG})
    road.call("POST", "/tokens", json={**pair, "passwort": PASSWORD})
    road.call("POST", "/tokens", data='{"username": "ada", "password": "' + PASSWORD)
    token = road.learn(road.call("POST", "/tokens", json=pair).json()["token"])
    bearer = {"Authorization": f"Bearer {token}"}
    session = road.call("POST", "/sessions", json=pair)
    road.learn(session.cookies["nobrains_session"])
    csrf = road.learn(session.json()["csrf_token"])
    road.call("POST", "/keys", json={"name": "k"})
    road.call("POST", "/keys", json={"name": "k"}, headers={"X-CSRF-Token": csrf[:-1] + "0"})
    key = road.learn(road.call("POST", "/keys", json={"name": "k"}, headers=bearer).json()["key"])
    road.http.cookies.clear()
    by_key = {"Authorization": f"Bearer {key}"}
    road.call("GET", f"/datasets?token={token}", headers=by_key)
    road.call("GET", "/me", headers={"Authorization": f"Bearer {road.learn('nb_' + 'z' * 43)}"})
    road.call("GET", "/me", headers={"Authorization": f"Basic {road.learn('YWRhOmNvcnJlY3QgaG9yc2U=')}"})
    csv = {**by_key, "Content-Type": "text/csv"}
    road.call("POST", "/datasets", data=f"a,b\n1,{CELL},3\n", headers=csv)
    table = "x,y\n" + "".join(f"{n % 7},{'yes' if n % 7 > 3 else CELL}\n" for n in range(80))
    dataset = road.call("POST", "/datasets", data=table, headers=csv).json()["id"]
    job = {"dataset_id": dataset, "target": "y", "time_budget_s": 2, "models": ["linear"]}
    made = road.call("POST", "/jobs", json=job, headers=by_key).json()["id"]
    road.call("POST", "/jobs", json={**job, "target": token}, headers=by_key)
    road.call("GET", f"/jobs/{made}/events", headers=by_key)  # Until it is over.
    model = road.call("GET", f"/jobs/{made}", headers=by_key).json()["model_id"]
    road.call("POST", f"/models/{model}/predict", json={"instances": [{"x": 1}]}, headers=by_key)
    road.call("POST", f"/models/{model}/predict", json={"instances": [{"z": CELL}]}, headers=by_key)
    change = {"current_password": WRONG, "new_password": SECOND}
    road.call("PUT", "/me/password", json=change, headers=bearer)
    road.call("PUT", "/me/password", json={**change, "current_password": PASSWORD}, headers=bearer)
    road.call("GET", "/me", headers=by_key)
    road.call("DELETE", "/tokens/current", headers=bearer)


@pytest.mark.parametrize("log_format", ["json", pytest.param("text", marks=pytest.mark.long)])
def test_no_secret_is_told(tmp_path: Path, log_format: str) -> None:
    server = Server(tmp_path, log_format=log_format).start()
    try:
        road = Road(server.url)
        walk(road)
        metrics = requests.get(f"{server.url}/metrics", timeout=10).text
        assert server.process is not None
        family = [psutil.Process(server.process.pid), *psutil.Process(server.process.pid).children(recursive=True)]
        lines = [" ".join(process.cmdline()) for process in family]
    finally:
        assert server.stop() == 0
    log = (tmp_path / "serve.log").read_text()
    assert log.count("/api/v1/") > 15
    assert len(road.errors) > 8
    written = {"the log": log, "metrics": metrics, "the process list": "\n".join(lines)}
    for place, text in written.items():
        assert not [secret for secret in road.secrets if secret in text], place
    # An error may repeat what its own request said of a cell or a column, but no credential.
    credentials = road.secrets - {CELL}
    answers = [text for text in road.errors if "TARGET_NOT_FOUND" not in json.loads(text)["reason"]]
    assert not [text for text in answers if any(secret in text for secret in credentials)]
    tables = b"".join(path.read_bytes() for path in (tmp_path / "data").glob("tables.db*"))
    assert not [secret for secret in credentials if secret.encode() in tables]
