"""What a process asks of the operating system."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def die_with_parent(signal_number: int = signal.SIGKILL) -> None:
    """Have the kernel end this process when its parent ends, however that happens. Linux only; elsewhere the end of
    a pipe or a new parent must do."""
    if sys.platform != "linux":
        return
    parent = os.getppid()
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal_number)
    if os.getppid() != parent:  # It ended while we were asking.
        os.kill(os.getpid(), signal_number)
