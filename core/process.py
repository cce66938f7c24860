"""Requests to the operating system, and the file by which probes see that a process lives."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PR_SET_PDEATHSIG = 1


def die_with_parent(signal_number: int = signal.SIGKILL) -> None:
    """Have the kernel end this process when its parent ends, however that happens.

    Linux only; elsewhere the end of a pipe or a new parent must do.
    """
    if sys.platform != "linux":
        return
    parent = os.getppid()
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal_number)
    if os.getppid() != parent:  # The parent ended before the request took effect.
        os.kill(os.getpid(), signal_number)


@contextmanager
def reserved_port(host: str, port: int) -> Iterator[int]:
    """Keep a port (0: any free one) for a process that is yet to listen on it, or to listen again.

    Meanwhile Linux gives it to no process that wants any port, neither to listen nor to connect, but does give it to
    one that binds this very port with SO_REUSEADDR, as servers do. Elsewhere the port is only checked.

    Raises:
        OSError: another process listens there.
    """
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as kept:
        kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        kept.bind((host, port))
        number = int(kept.getsockname()[1])
        if sys.platform != "linux":
            kept.close()
        yield number


def descendants(pid: int) -> Iterator[int]:
    """Yield the process and all its living descendants.

    If Linux keeps lists of children this costs microseconds; elsewhere every process of the machine is examined.
    """
    yield pid
    lists = list(Path(f"/proc/{pid}/task").glob("*/children"))
    if lists:
        for file in lists:
            try:
                children = file.read_text().split()
            except OSError:  # That thread has ended.
                continue
            for child in children:
                yield from descendants(int(child))
        return
    import psutil

    try:
        yield from (each.pid for each in psutil.Process(pid).children(recursive=True))
    except psutil.Error:
        return


def touch_heartbeat(file: str) -> None:
    """Touch the file by which a probe sees that the loop of this process goes on; does nothing if none is named."""
    if file:
        Path(file).touch()


def heartbeat_age_s(file: str) -> float:
    """Return the seconds since the heartbeat file was touched; a clock that was set back makes it young, not old.

    Raises:
        OSError: there is no such file, or it may not be looked at.
    """
    return max(0.0, time.time() - Path(file).stat().st_mtime)
