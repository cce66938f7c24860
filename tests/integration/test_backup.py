"""A backup taken while everything moves restores to a service in which every job ends and no file is missing."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import plotly.data
import pytest

from nobrains.operations.backup import named_blobs
from nobrains_client import Client, NoBrainsError
from tests.emulators.bound import ROOT
from tests.waiting import PATIENCE_S, wait_for

if TYPE_CHECKING:
    from tests.integration.conftest import Server

pytestmark = [pytest.mark.integration, pytest.mark.long]

TIPS = plotly.data.tips(return_type="pandas")
BACKUPS = 2


def run(*arguments: str) -> str:
    done = subprocess.run([sys.executable, "-m", "nobrains", *arguments], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def keep_busy(client: Client, over: threading.Event) -> None:
    """Upload, train and delete, again and again."""
    while not over.is_set():
        dataset = client.wait_ready(client.upload(TIPS, name="tips.csv"))
        job = client.train(dataset, "tip", 1, models=["linear"])
        short = client.upload(TIPS.head(20), name="short.csv")
        client.wait_ready(short)
        client.delete_dataset(short)
        try:
            model = client.wait(job, timeout_s=PATIENCE_S).model_id
        except NoBrainsError:
            continue
        if model:
            client.delete_model(model)


def test_backups_under_load_restore_whole(make_server: Callable[..., Server], tmp_path: Path) -> None:
    server = make_server(lease_s="3", renew_s="1", max_running_jobs="1")
    client = server.client()
    dataset = client.wait_ready(client.upload(TIPS, name="tips.csv"))
    long = client.train(dataset, "tip", 30, models=["linear"])
    waiting = [client.train(dataset, "tip", 1, models=["linear"]) for _ in range(2)]
    wait_for(lambda: client.job(long).state == "running")
    over = threading.Event()
    busy = threading.Thread(target=keep_busy, args=(server.client("grace"), over))
    busy.start()
    files = [tmp_path / f"backup-{number}.tar" for number in range(BACKUPS)]
    for file in files:
        assert "blobs" in run("backup", str(file), "--data", str(tmp_path / "data"))
    over.set()
    busy.join()
    assert server.stop() == 0
    (tmp_path / "data").rename(tmp_path / "lost")
    for file in files[1:]:
        run("restore", str(file), "--data", str(tmp_path / file.stem))
        objects = tmp_path / file.stem / "blobs" / "objects"
        assert all((objects / name).is_file() for name in named_blobs(tmp_path / file.stem / "tables.db"))
    run("restore", str(files[0]), "--data", str(tmp_path / "data"))
    server.start()
    for name in ("ada", "grace"):
        again = server.client(name, sign_up=False)
        for job in again.jobs():
            assert again.wait(job, timeout_s=PATIENCE_S).state == "succeeded"
    ada = server.client(sign_up=False)
    assert {job.id for job in ada.jobs()} == {long.id, *(job.id for job in waiting)}
    assert ada.job(long).attempt == 2  # It ran as the backup was taken, and went on.
    model = ada.job(long).model_id
    assert ada.predict(str(model), TIPS.head(1).to_dict("records")).predictions
    assert ada.download_dataset(dataset, tmp_path / "again.csv").stat().st_size == dataset.size_bytes
