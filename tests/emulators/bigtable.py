"""Google's Bigtable emulator as a child process. It keeps everything in memory."""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulators.bound import ROOT, bound, stop

IN_SDK = Path("platform/bigtable-emulator/cbtemulator")
SDK_FOLDERS = (
    "/usr/lib/google-cloud-sdk",
    "/usr/share/google-cloud-sdk",
    "/opt/google-cloud-sdk",
    "~/google-cloud-sdk",
)


class BigtableEmulator:
    """A running emulator at `host`, the value of BIGTABLE_EMULATOR_HOST.

    Args:
        port: 0 for a free one.
    """

    def __init__(self, port: int = 0) -> None:
        program = str(find_emulator())
        command = bound([program, "-host", "127.0.0.1", "-port", str(port)])
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()  # It listens once it has said where.
        if not line:
            raise RuntimeError(f"{program} ended with {self.process.wait()} before it listened")
        self.host = line.split()[-1]
        self.port = int(self.host.rpartition(":")[2])

    def pause(self) -> None:
        """Answer nobody, keep connections open."""
        stop(self.process.pid)

    def resume(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it; all its rows are gone. Fine where it has ended."""
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


def find_emulator() -> Path:
    """The program: NOBRAINS_CBTEMULATOR, on the PATH, or in Google's SDK. Skips the test where there is none."""
    for candidate in _candidates():
        if os.access(candidate, os.X_OK) and candidate.is_file():
            return candidate
    pytest.skip(
        "no cbtemulator: install it with `gcloud components install bigtable` or the package "
        "google-cloud-cli-bigtable-emulator, or name it in NOBRAINS_CBTEMULATOR"
    )


def _candidates() -> Iterator[Path]:
    if named := os.environ.get("NOBRAINS_CBTEMULATOR"):
        yield Path(named).expanduser()
        return
    if found := shutil.which("cbtemulator"):
        yield Path(found)
    if gcloud := shutil.which("gcloud"):
        yield Path(gcloud).resolve().parent.parent / IN_SDK
    for folder in SDK_FOLDERS:
        yield Path(folder).expanduser() / IN_SDK


@functools.cache
def shared_emulator() -> BigtableEmulator:
    """One for all tests of the session; never kill this one."""
    emulator = BigtableEmulator()
    atexit.register(emulator.kill)
    return emulator
