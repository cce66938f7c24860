"""Cloud Storage for tests: PyPI's gcp-storage-emulator, made stricter by `gcs_server.py`, in its own process."""

from __future__ import annotations

import contextlib
import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

SERVER = Path(__file__).with_name("gcs_server.py")


@dataclass(frozen=True)
class GcsEmulator:
    """A running emulator: `url` belongs into STORAGE_EMULATOR_HOST, `process` may be stopped or killed."""

    url: str
    process: subprocess.Popen[str]

    def refuse(self, status: int) -> None:
        """Answer whatever would store something with this status, as a store at its limit does; 0: no more."""
        requests.post(f"{self.url}/refuse?status={status}", timeout=10).raise_for_status()


@contextlib.contextmanager
def running_gcs() -> Iterator[GcsEmulator]:
    """Start it on a free loopback port, all in memory; killed at the end. Skips the test where it is missing."""
    if importlib.util.find_spec("gcp_storage_emulator") is None:
        pytest.skip("gcp-storage-emulator is not installed: pip install gcp-storage-emulator")
    process = subprocess.Popen(
        [sys.executable, str(SERVER)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        port = process.stdout.readline().strip()
        assert port, "the emulator ended before it was up: run tests/emulators/gcs_server.py by hand to see why"
        yield GcsEmulator(f"http://127.0.0.1:{port}", process)
    finally:
        process.kill()
        process.communicate()
