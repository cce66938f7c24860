"""kill -9 of `nobrains serve` at any time: what was accepted is not lost, and the job goes on."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import plotly.data
import psutil
import pytest
import requests

from tests.integration.polling import answers, trials_done
from tests.waiting import PATIENCE_S, wait_for

if TYPE_CHECKING:
    from tests.integration.conftest import Server

pytestmark = pytest.mark.integration


def test_killed_in_the_middle_of_a_training_and_started_again(make_server: Callable[..., Server]) -> None:
    server = make_server(lease_s="6", renew_s="0.5")
    client = server.client()
    tips = plotly.data.tips(return_type="pandas")
    dataset = client.wait_ready(client.upload(tips, name="tips.csv"))
    job = client.train(dataset, "tip", 600, models=["linear", "lightgbm"])
    wait_for(lambda: trials_done(client, job) >= 3)
    left = server.processes()
    before = [trial for trial in client.trials(job) if trial.state == "complete"]
    server.kill()
    # Nothing it started outlives it for long: its port and its files are free for the next.
    psutil.wait_procs(left, timeout=PATIENCE_S)
    assert not [each for each in left if each.is_running() and each.status() != psutil.STATUS_ZOMBIE]
    server.start()
    wait_for(lambda: trials_done(client, job) > len(before))
    client.stop(job)
    done = client.wait(job, timeout_s=PATIENCE_S)
    assert (done.state, done.attempt) == ("succeeded", 2)
    after = {trial.number: trial for trial in client.trials(job)}
    assert all(after[trial.number].score == trial.score for trial in before)
    assert client.predict(str(done.model_id), tips.head(2).to_dict("records")).predictions


def test_killed_right_after_everything_was_accepted(make_server: Callable[..., Server]) -> None:
    server = make_server(lease_s="6", renew_s="0.5")
    client = server.client()
    tips = plotly.data.tips(return_type="pandas")
    dataset = client.upload(tips, name="tips.csv")
    job = client.train(dataset, "tip", 5, models=["linear"])
    server.kill()
    server.start()
    assert client.wait(job, timeout_s=PATIENCE_S).state == "succeeded"


def test_killed_in_the_middle_of_an_upload(make_server: Callable[..., Server], tmp_path: Path) -> None:
    server = make_server()
    client = server.client()
    headers = {"Authorization": f"Bearer {client.token}", "Content-Type": "text/csv"}
    incoming = tmp_path / "data" / "blobs" / "incoming"

    def rows_without_end() -> Iterator[bytes]:
        yield b"a,y\n"
        while True:
            yield b"1,x\n" * 100_000

    def upload() -> None:
        with suppress(requests.RequestException):
            requests.post(f"{server.url}/api/v1/datasets", data=rows_without_end(), headers=headers, timeout=60)

    with ThreadPoolExecutor(1) as pool:
        uploading = pool.submit(upload)
        wait_for(lambda: any(path.stat().st_size > 0 for path in incoming.iterdir()))
        server.kill()
        uploading.result()
    server.start()
    assert list(client.datasets()) == []
    assert list(incoming.iterdir()) == []
    dataset = client.wait_ready(client.upload(plotly.data.tips(return_type="pandas"), name="tips.csv"))
    assert [each.id for each in client.datasets()] == [dataset.id]


def test_a_killed_role_is_started_again(make_server: Callable[..., Server]) -> None:
    server = make_server()
    client = server.client()
    tips = plotly.data.tips(return_type="pandas")
    for role in ("--queue train", "--queue profile", "api --host"):
        (victim,) = server.started_as(role)
        ended = [victim, *victim.children(recursive=True)]
        os.kill(victim.pid, signal.SIGKILL)
        wait_for(lambda role=role, victim=victim: set(server.started_as(role)) - {victim})  # type: ignore[misc]
        assert not psutil.wait_procs(ended, timeout=PATIENCE_S)[1], role
        wait_for(lambda: answers(f"{server.url}/healthz"))
        dataset = client.wait_ready(client.upload(tips, name="tips.csv"))
        job = client.wait(client.train(dataset, "tip", 5, models=["linear"]), timeout_s=PATIENCE_S)
        assert job.state == "succeeded", role
