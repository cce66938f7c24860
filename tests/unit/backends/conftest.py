from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from core.errors import Unavailable
from tests.waiting import PATIENCE_S

ROOT = Path(__file__).parents[3]

# Starts Python with a script and arguments; its output is a pipe.
StartPython = Callable[..., "subprocess.Popen[str]"]

T = TypeVar("T")


def until_available(work: Callable[[], T]) -> T:
    """What it answers. A back end that is back takes a moment, and we leave it one between two tries."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            return work()
        except Unavailable:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


@pytest.fixture
def start_python() -> Iterator[StartPython]:
    """Other processes, killed at the end of the test."""
    started: list[subprocess.Popen[str]] = []

    def start(script: str, *arguments: object) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", script, *map(str, arguments)]
        process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()
