"""The fetcher role: light, and ended by a signal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from backends.factory import create_backends
from core.settings import Settings
from tests.waiting import PATIENCE_S, wait_for

ENGINE = ("automl", "numpy", "pandas", "sklearn", "flask")


def test_it_loads_no_engine_and_no_web_server() -> None:
    script = f"import sys, nobrains.fetcher_process; print([name for name in {ENGINE!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_it_runs_until_it_is_told_to_stop(tmp_path: Path) -> None:
    create_backends(Settings({}, data=str(tmp_path / "data"))).close()
    alive = tmp_path / "alive"
    environ = {**os.environ, "NOBRAINS_HEARTBEAT_FILE": str(alive)}
    command = [sys.executable, "-m", "nobrains", "fetcher", "--data", str(tmp_path / "data")]
    process = subprocess.Popen(command, env=environ, stderr=subprocess.DEVNULL)
    try:
        wait_for(alive.exists)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0
    finally:
        process.kill()
