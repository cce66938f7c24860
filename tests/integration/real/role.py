"""One role of the service: a process to be ended in any way and started again."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import requests

from tests.emulators.bound import ROOT, bound, stop
from tests.waiting import PATIENCE_S

PROGRAM = (sys.executable, "-m", "nobrains")


class Role:
    """One role: a process to be ended in any way and started again. Its log stays in one file."""

    def __init__(self, arguments: tuple[str, ...], environ: dict[str, str], log: Path, port: int = 0) -> None:
        self.arguments = (*arguments, "--port", str(port)) if port else arguments
        self.environ = environ
        self.log = log
        self.port = port
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> Role:
        """Fine where it runs."""
        if self.process is None:
            with open(self.log, "ab") as log:
                self.process = subprocess.Popen(
                    bound([*PROGRAM, *self.arguments]), cwd=ROOT, env=self.environ, stdout=log, stderr=log
                )
        return self

    def wait_ready(self) -> None:
        """Return when it answers and everything behind it does."""
        deadline = time.monotonic() + PATIENCE_S
        while not self._ready():
            assert self.process is not None
            assert self.process.poll() is None, self.log.read_text()[-8000:]
            assert time.monotonic() < deadline, self.log.read_text()[-8000:]
            time.sleep(0.02)

    def terminate(self) -> None:
        """SIGTERM, as a rolling update would have it."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)

    def stop(self) -> int:
        """SIGTERM where that was not sent yet; the exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.terminate()
        code = self.process.wait(PATIENCE_S)
        self.process = None
        return code

    def kill(self) -> None:
        """SIGKILL: its children end with it, and nobody says goodbye."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        self.process = None

    def pause(self) -> None:
        """SIGSTOP: it does nothing, and its connections stay open. Its children go on."""
        assert self.process is not None
        stop(self.process.pid)

    def resume(self) -> None:
        """Fine where it was not paused, or does not run."""
        if self.process is not None:
            self.process.send_signal(signal.SIGCONT)

    def said(self, event: str) -> int:
        """How often its log names the event."""
        return self.log.read_text(errors="replace").count(event)

    def _ready(self) -> bool:
        try:
            return requests.get(f"http://127.0.0.1:{self.port}/readyz", timeout=60).ok
        except requests.RequestException:
            return False
