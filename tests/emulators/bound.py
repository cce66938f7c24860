"""Processes that end with the tests, even when the tests are killed."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]

# Asked for by the process itself: a preexec_fn would run in a fork, which gRPC's threads forbid.
RUN = "import os, sys; from core.process import die_with_parent; die_with_parent(); os.execv(sys.argv[1], sys.argv[1:])"


def bound(command: Sequence[str]) -> list[str]:
    """The command of such a process: the kernel kills it when whoever starts it ends. Its program is a full path, and
    it is to be started in `ROOT`."""
    return [sys.executable, "-c", RUN, *command]
