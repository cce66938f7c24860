"""Processes that end with the tests, even when the tests are killed; and that can be stopped in the middle."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]

# Asked for by the process itself: a preexec_fn would run in a fork, which gRPC's threads forbid.
RUN = "import os, sys; from core.process import die_with_parent; die_with_parent(); os.execv(sys.argv[1], sys.argv[1:])"


def bound(command: Sequence[str]) -> list[str]:
    """The command of such a process: the kernel kills it when whoever starts it ends. Its program is a full path, and
    it is to be started in `ROOT`."""
    return [sys.executable, "-c", RUN, *command]


def stop(pid: int) -> None:
    """SIGSTOP. A thread that runs on another core might answer once more: returns when the last one has stopped."""
    os.kill(pid, signal.SIGSTOP)
    while any(_state(thread) not in "TZ" for thread in Path(f"/proc/{pid}/task").iterdir()):
        time.sleep(0.001)


def _state(thread: Path) -> str:
    """The letter that /proc has for it; T is stopped."""
    try:
        return (thread / "stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:  # It has ended.
        return "Z"
