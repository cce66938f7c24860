"""A real service for tests: `nobrains serve` and its processes, over a folder of the test's own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from nobrains_client import Client
from tests.emulators.bound import ROOT
from tests.emulators.ports import reserve_ports
from tests.integration.polling import user
from tests.integration.real.deployment import Deployment
from tests.waiting import PATIENCE_S


class Server:
    """`nobrains serve` as a process: to be started, killed at any time, and started again on the same folder."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.settings = settings
        (self.port,) = reserve_ports(1)
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> Server:
        """Start, each time on the same port; return when it says that it is ready."""
        # One api process, as a start costs less; `test_several_processes.py` has more.
        environ = {"NOBRAINS_API_PROCESSES": "1", **os.environ}
        environ |= {f"NOBRAINS_{name.upper()}": value for name, value in self.settings.items()}
        place = ["--port", str(self.port), "--data", str(self.folder / "data")]
        command = [sys.executable, "-m", "nobrains", "serve", *place]
        with open(self.folder / "serve.log", "ab") as log:
            self.process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=log, text=True, cwd=ROOT, env=environ
            )
        for line in self.process.stdout or ():
            if f"ready at {self.url} " in line:
                return self
        raise AssertionError(f"it did not start:\n{self.log()}")

    def log(self) -> str:
        return (self.folder / "serve.log").read_text(errors="replace")[-8000:]

    def kill(self) -> None:
        """End the supervisor with SIGKILL: no goodbye to anybody."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """End it as an operator would; the exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_S)

    def processes(self, *, recursive: bool = True) -> list[psutil.Process]:
        """All that it has started."""
        assert self.process is not None
        return psutil.Process(self.process.pid).children(recursive)

    def started_as(self, role: str) -> list[psutil.Process]:
        """The processes that it has started with these arguments."""
        found = []
        for each in self.processes(recursive=False):
            with suppress(psutil.Error):  # It has ended meanwhile.
                if role in " ".join(each.cmdline()):
                    found.append(each)
        return found

    def client(self, username: str = "ada", *, sign_up: bool = True) -> Client:
        """A client that is signed in."""
        return user(self.url, username, sign_up=sign_up)


@pytest.fixture
def make_server(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Makes servers, and stops them all at the end of the test."""
    made: list[Server] = []

    def make(**settings: str) -> Server:
        made.append(Server(tmp_path, **settings).start())
        return made[-1]

    yield make
    for server in made:
        server.stop()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One running service for all tests: each module has users of its own."""
    running = Server(tmp_path_factory.mktemp("serve")).start()
    yield running
    assert running.stop() == 0, running.log()


@pytest.fixture(scope="session")
def real_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """The service over the three real back ends, behind a balancer: started once, for all tests."""
    # Outages are noticed sooner than by default, so that tests of them are short.
    with Deployment(tmp_path_factory.mktemp("real"), retry_s="1") as running:
        yield running
