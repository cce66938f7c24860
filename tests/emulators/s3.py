"""A server of S3's interface for tests: moto, in an environment of its own (`make` makes it)."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulators.bound import ROOT, bound
from tests.emulators.ports import reserve_ports
from tests.waiting import wait_for

PYTHON = Path(os.environ.get("NOBRAINS_TEST_MOTO", ROOT / ".venv/moto")) / "bin/python"
START = "from moto.server import main; main(['-H', '127.0.0.1', '-p', '{port}'])"


@contextlib.contextmanager
def running_s3() -> Iterator[str]:
    """Start it, all in memory, and return its address; killed at the end. Skips the test where there is none."""
    if not PYTHON.exists():
        pytest.skip("moto is not installed: make .venv/moto/ready")
    (port,) = reserve_ports(1)
    process = subprocess.Popen(
        bound([str(PYTHON), "-c", START.format(port=port)]),
        cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        wait_for(lambda: _listens(port))
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
