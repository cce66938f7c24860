"""What the Makefile does to the environment of what it starts."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_python_keeps_bytecode_whatever_the_shell_says() -> None:
    environ = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "SAID_BY": "the shell"}
    command = ["make", "--silent", "--eval", "environment:; @env", "environment"]
    shown = subprocess.run(command, cwd=ROOT, env=environ, check=True, capture_output=True, text=True).stdout
    assert "SAID_BY=the shell" in shown
    assert "PYTHONDONTWRITEBYTECODE" not in shown
