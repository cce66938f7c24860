"""The service to be measured: embedded, or over RabbitMQ, Bigtable and Cloud Storage behind a balancer.

The real ones are those of the tests: a real broker, Google's emulator and PyPI's, all on this machine and in memory.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, Protocol

import psutil
import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage
from google.cloud.storage.fileio import BlobWriter

from backends.blobs.gcs_resumable import CHUNK_BYTES
from nobrains_client import Client
from tests.integration.real.deployment import Deployment


class Service(Protocol):
    """A running service, and the folder that holds its data."""

    title: ClassVar[str]
    url: str
    folder: Path

    def apis(self) -> list[psutil.Process]:
        """Return the processes that answer requests."""

    def time_starts(self, rounds: int) -> list[float]:
        """Return the seconds until a started api answers, measured again and again."""

    def time_bare_write(self, source: Path) -> float:
        """Return the seconds that the file takes into the same store without us: by `cat` and sync, or Google's."""

    def stop(self) -> None: ...


UNHINDERED = {"requests_per_minute": "0", "predictions_per_minute": "0"}
"""Settings without rate limits: one user makes all measured requests."""


class Embedded:
    """A `nobrains serve` in a folder."""

    title = "SQLite, files, local queue"

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        command = [sys.executable, "-m", "nobrains", "serve", "--port", "0", "--data", str(folder / "data")]
        settings = UNHINDERED | settings
        environ = {**os.environ, **{f"NOBRAINS_{name.upper()}": value for name, value in settings.items()}}
        began = time.perf_counter()
        with open(folder / "serve.log", "ab") as log:
            self.process = subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=log, text=True)
        line = next(line for line in self.process.stdout or () if "ready at" in line)
        self.ready_s = time.perf_counter() - began
        self.url = re.findall(r"http://\S+", line)[0]

    def apis(self) -> list[psutil.Process]:
        master = next(each for each in psutil.Process(self.process.pid).children() if "api" in each.cmdline())
        return master.children()

    def time_starts(self, rounds: int) -> list[float]:
        times_s = []
        for _ in range(rounds):
            with tempfile.TemporaryDirectory() as folder:
                service = Embedded(Path(folder))
                times_s.append(service.ready_s)
                service.stop()
        return times_s

    def time_bare_write(self, source: Path) -> float:
        copy = self.folder / "copy"
        began = time.perf_counter()
        subprocess.run(f"cat {source} > {copy} && sync {copy}", shell=True, check=True)
        took_s = time.perf_counter() - began
        copy.unlink()
        return took_s

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)


class Real:
    """A deployment with every role in a process of its own."""

    title = "Bigtable, Cloud Storage (emulators), RabbitMQ; balancer, 2 api processes, predictor"

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.deployment = Deployment(folder, **(UNHINDERED | settings)).start()
        self.url = self.deployment.url

    def apis(self) -> list[psutil.Process]:
        master = self.deployment.api.process
        assert master is not None
        return psutil.Process(master.pid).children()

    def time_starts(self, rounds: int) -> list[float]:
        times_s = []
        for _ in range(rounds):
            self.deployment.api.stop()
            began = time.perf_counter()
            self.deployment.api.start().wait_ready()
            times_s.append(time.perf_counter() - began)
        self.deployment.heal()  # The balancer, too, has noticed it.
        return times_s

    def time_bare_write(self, source: Path) -> float:
        client = storage.Client(
            "test", AnonymousCredentials(), client_options={"api_endpoint": self.deployment.blobs.url}
        )
        blob = client.bucket(self.deployment.environ["NOBRAINS_GCS_BUCKET"]).blob("bench")
        began = time.perf_counter()
        with open(source, "rb") as body, BlobWriter(blob, chunk_size=CHUNK_BYTES, checksum="crc32c") as writer:
            shutil.copyfileobj(body, writer, CHUNK_BYTES)
        took_s = time.perf_counter() - began
        blob.delete()
        return took_s

    def stop(self) -> None:
        self.deployment.stop()


BACK_ENDS: dict[str, type[Embedded] | type[Real]] = {"embedded": Embedded, "real": Real}


@contextlib.contextmanager
def running(back_ends: str, **settings: str) -> Iterator[tuple[Service, Client]]:
    """Run the service in a folder of its own; yield it and a client of a user who is signed in."""
    with tempfile.TemporaryDirectory(prefix="nobrains-bench-") as folder:
        try:
            service = BACK_ENDS[back_ends](Path(folder), **settings)
        except pytest.skip.Exception as exc:
            raise SystemExit(f"cannot measure {back_ends!r}: {exc}") from exc
        try:
            client = Client(service.url)
            client.sign_up("bench", "correct horse")
            yield service, client.sign_in("bench", "correct horse")
        finally:
            service.stop()
