"""From a trained model to an endpoint that is watched and retrained weekly: the commands as the docs print them."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.emulators.bound import ROOT
from tests.integration.conftest import Server
from tests.integration.test_quick_starts import BUDGET_S

pytestmark = pytest.mark.integration

AT_MOST = 6
PRINTED_URL = "https://example.org/clients.csv"


def printed_commands() -> list[list[str]]:
    """The commands below this heading of docs/pipelines.md, as words."""
    section = (ROOT / "docs" / "pipelines.md").read_text().split("\n## From a model to weekly retraining\n")[1]
    block = re.findall(r"^```sh\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)[0]
    return [shlex.split(line, comments=True) for line in block.splitlines()]


@pytest.fixture
def clients_url() -> Iterator[str]:
    """Where a table can be fetched."""
    handler = partial(SimpleHTTPRequestHandler, directory=str(ROOT / "examples"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as website:
        threading.Thread(target=website.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{website.server_port}/tips.csv"
        website.shutdown()


def test_a_model_is_served_watched_and_retrained_weekly_after_few_commands(
    make_server: Callable[..., Server], clients_url: str, tmp_path: Path
) -> None:
    server = make_server(fetch_allow="127.0.0.1")
    client = server.client()
    dataset = client.wait_ready(client.upload(ROOT / "examples" / "tips.csv"))
    job = client.train(dataset, "time", time_budget_s=BUDGET_S, wait=True)
    environ = {**os.environ, "NOBRAINS_URL": server.url, "NOBRAINS_TOKEN": client.token or "", "HOME": str(tmp_path)}
    commands = printed_commands()
    assert len(commands) <= AT_MOST
    said = ""
    for words in commands:
        assert words[0] == "nobrains"
        typed = [{"MODEL": job.model_id or "", PRINTED_URL: clients_url}.get(word, word) for word in words[1:]]
        done = subprocess.run(
            [sys.executable, "-m", "nobrains", *typed], cwd=ROOT, env=environ, capture_output=True, text=True
        )
        assert done.returncode == 0, f"{' '.join(words)}\n{done.stdout}{done.stderr}"
        said += done.stdout + done.stderr
    assert "at 03:00 on Monday (Europe/Rome)" in said
    assert "fetch the data: The dataset 'clients' has 244 rows." in said

    endpoint = client.endpoint("income")
    assert endpoint.info().champion == 2
    assert endpoint.monitor().settings["window"]
    (pipeline,) = client.pipelines()
    assert pipeline.next_at is not None
    assert pipeline.next_at.strftime("%A") == "Monday"
    assert [run.state for run in client.pipeline(pipeline).runs()] == ["promoted"]
    assert next(endpoint.changes()).by == f"pipeline/{pipeline.id}/run/1"
