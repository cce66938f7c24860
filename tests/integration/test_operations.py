"""What an operator sees of a running service: numbers of all its processes, log lines that belong together, signs of
life."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import plotly.data
import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from tests.emulators.bound import ROOT, bound
from tests.emulators.ports import reserve_ports
from tests.integration.conftest import Server
from tests.integration.polling import answers
from tests.waiting import PATIENCE_S, wait_for

pytestmark = pytest.mark.integration

PROGRAM = (sys.executable, "-m", "nobrains")


@contextmanager
def running(folder: Path, *arguments: str, **settings: str) -> Iterator[subprocess.Popen[bytes]]:
    """One role over embedded back ends in the folder."""
    environ = {**os.environ, "NOBRAINS_DATA": str(folder / "data")}
    environ |= {f"NOBRAINS_{name.upper()}": value for name, value in settings.items()}
    with open(folder / f"{arguments[0]}.log", "ab") as log:
        process = subprocess.Popen(bound([*PROGRAM, *arguments]), cwd=ROOT, env=environ, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGCONT)
        process.terminate()
        process.wait(PATIENCE_S)


def numbers(url: str) -> dict[tuple[str, ...], float]:
    """Every sample of /metrics: (its name, its labels' values in the order of their names) -> its value."""
    text = requests.get(f"{url}/metrics", timeout=60).text
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_whichever_of_two_processes_is_asked_tells_of_both(tmp_path: Path) -> None:
    (port,) = reserve_ports(1)
    url = f"http://127.0.0.1:{port}"
    with running(tmp_path, "api", "--no-predict", "--processes", "2", "--port", str(port)) as server:
        wait_for(lambda: answers(f"{url}/readyz"))
        n_requests = 60
        for _ in range(n_requests):  # A connection each: the kernel gives them to either process.
            assert requests.get(f"{url}/api/v1/me", timeout=60).status_code == 401
        name = ("nobrains_http_requests_total", "GET", "/api/v1/me", "401")
        values = {numbers(url)[name] for _ in range(20)}
        assert values == {n_requests}
        first = numbers(url)
        assert first["nobrains_http_request_seconds_count", "GET", "/api/v1/me"] == n_requests
        assert first["nobrains_http_request_seconds_bucket", "+Inf", "GET", "/api/v1/me"] == n_requests
        # Both had some of it to do, or this would show nothing.
        folder = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
        assert len(folder) == 2
        # What one that is gone has counted is not forgotten.
        os.kill(int(folder[0]), signal.SIGKILL)
        wait_for(lambda: answers(f"{url}/readyz"))
        assert {numbers(url)[name] for _ in range(10)} == {n_requests}


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A service that logs JSON, and that nobody else asks for anything."""
    running = Server(tmp_path_factory.mktemp("watched"), log_format="json").start()
    yield running
    assert running.stop() == 0, running.log()


def test_one_place_tells_of_api_and_workers(watched: Server) -> None:
    server = watched
    client = server.client("numbers")
    tips = plotly.data.tips(return_type="pandas")
    start = defaultdict(float, numbers(server.url))
    dataset = client.wait_ready(client.upload(tips, name="tips.csv"))
    before = numbers(server.url)

    def so_far(*name: str) -> float:
        return numbers(server.url)[name] - start[name]

    assert so_far("nobrains_work_ended_total", "profile", "succeeded") == 1
    assert before["nobrains_reached", "tables"] == before["nobrains_reached", "queue"] == 1
    job = client.train(dataset, "tip", 600, models=["linear", "lightgbm"])

    def under_way() -> float:
        found = numbers(server.url)
        return sum(found["nobrains_work", "train", state] for state in ("queued", "running"))

    wait_for(lambda: under_way() == 1)
    events = iter(client.events(job))
    next(events)
    assert numbers(server.url)["nobrains_streams",] == 1
    wait_for(lambda: any(trial.model == "linear" and trial.state == "complete" for trial in client.trials(job)))
    client.stop(job)
    done = client.wait(job, timeout_s=PATIENCE_S)
    for _ in events:
        pass
    client.predict(str(done.model_id), tips.head(1).to_dict("records"))
    wait_for(lambda: numbers(server.url)["nobrains_streams",] == 0)
    after = numbers(server.url)
    assert so_far("nobrains_work_ended_total", "train", "succeeded") == 1
    assert so_far("nobrains_trial_seconds_count", "linear") >= 1
    assert so_far("nobrains_predict_seconds_count", "json") == 1
    assert after["nobrains_queue_depth", "train"] == 0
    assert after["nobrains_oldest_queued_seconds", "train"] == 0


def test_a_worker_tells_its_numbers_and_gives_signs_of_life(tmp_path: Path) -> None:
    (port,) = reserve_ports(1)
    heart = tmp_path / "heart"
    settings = {"metrics_port": str(port), "heartbeat_file": str(heart)}
    alive = [*PROGRAM, "alive", "--within", "3"]
    environ = {**os.environ, "NOBRAINS_HEARTBEAT_FILE": str(heart)}

    def check() -> subprocess.CompletedProcess[str]:
        return subprocess.run(alive, env=environ, cwd=ROOT, capture_output=True, text=True)

    assert "no worker has touched it" in check().stderr
    with running(tmp_path, "worker", "--queue", "profile", **settings) as worker:
        wait_for(lambda: answers(f"http://127.0.0.1:{port}/metrics"))
        assert any(name[0].startswith("process_") for name in numbers(f"http://127.0.0.1:{port}"))
        wait_for(lambda: check().returncode == 0)
        worker.send_signal(signal.SIGSTOP)
        wait_for(lambda: time.time() - heart.stat().st_mtime > 3)
        said = check()
        assert (said.returncode, "restart the worker" in said.stderr) == (1, True)
        worker.send_signal(signal.SIGCONT)
        wait_for(lambda: check().returncode == 0)


def test_a_worker_whose_port_is_taken_says_so(tmp_path: Path) -> None:
    import socket

    with socket.create_server(("0.0.0.0", 0)) as taken:
        environ = {**os.environ, "NOBRAINS_METRICS_PORT": str(taken.getsockname()[1])}
        command = [*PROGRAM, "worker", "--queue", "train", "--data", str(tmp_path)]
        done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=PATIENCE_S)
    assert done.returncode == 1
    assert "NOBRAINS_METRICS_PORT" in done.stderr
    assert "Traceback" not in done.stderr


def test_log_lines_of_one_request_belong_together_across_all_processes(watched: Server) -> None:
    server = watched
    client = server.client("lines")
    dataset = client.wait_ready(client.upload(plotly.data.tips(return_type="pandas"), name="tips.csv"))
    body = {"dataset_id": dataset.id, "target": "tip", "time_budget_s": 3, "models": ["linear"]}
    headers = {"Authorization": f"Bearer {client.token}", "X-Request-ID": "from-the-client-7"}
    job = requests.post(f"{server.url}/api/v1/jobs", json=body, headers=headers, timeout=60).json()["id"]
    client.wait(job, timeout_s=PATIENCE_S)

    def lines() -> dict[str, dict[str, str]]:
        found = (json.loads(line) for line in (server.folder / "serve.log").read_text().splitlines() if line[:1] == "{")
        return {line["event"]: line for line in found if line.get("request_id") == "from-the-client-7"}

    wait_for(lambda: "work.ended" in lines())
    entries = lines()
    assert set(entries) >= {"request", "work.queued", "work.claimed", "child.began", "child.ended", "work.ended"}
    for event in set(entries) - {"request"}:
        assert entries[event]["job_id"] == job
        assert entries[event]["work"].endswith(job)
