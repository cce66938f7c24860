"""The parent's end of a child process. The child has a pipe and a folder: no credentials, no settings, no service.

Children are started before there is work for them, as their imports take a second or two.
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import psutil

from core.process import descendants
from worker.messages.codec import BadMessage, decode_from_child, encode
from worker.messages.from_child import FromChild, Heartbeat
from worker.messages.to_child import ToChild

ENV_ALLOWLIST = ("PATH", "LANG", "LC_ALL", "TZ", "PYTHONPATH", "VIRTUAL_ENV", "LD_LIBRARY_PATH")


class ChildDied(Exception):
    """The child ended without a result; `signal` names the signal that killed it, if one did."""

    def __init__(self, code: int) -> None:
        self.code = code
        self.signal = signal.Signals(-code).name if code < 0 else ""
        super().__init__(f"killed by {self.signal}" if self.signal else f"exit code {code}")


class ChildProcess:
    """Give a child process a task, read its messages, stop it or kill it."""

    def __init__(self, threads: int) -> None:
        to_child, self.out_fd = os.pipe()
        self.in_fd, from_child = os.pipe()
        self.process = self._start(to_child, from_child, threads)
        os.close(to_child)
        os.close(from_child)
        self.last_message_at = time.monotonic()
        self.inbox: queue.SimpleQueue[FromChild | BadMessage | None] = queue.SimpleQueue()
        self.outbox: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self.reader = threading.Thread(target=self._read, name="child-pipe", daemon=True)
        self.writer = threading.Thread(target=self._write, name="child-words", daemon=True)
        self.reader.start()
        self.writer.start()

    def _start(self, to_child: int, from_child: int, threads: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "worker.child.main", str(to_child), str(from_child)],
            pass_fds=(to_child, from_child),
            stdin=subprocess.DEVNULL,
            env=_environment(threads),
            cwd=Path(__file__).parent.parent,
            start_new_session=True,
        )

    def send(self, message: ToChild) -> None:
        """Send a message; a child that is gone shows in `receive`.

        It never blocks: a child that hangs does not read, and a pipe holds only so much.
        """
        self.last_message_at = time.monotonic()
        self.outbox.put(encode(message))

    def receive(self, timeout_s: float) -> FromChild | None:
        """Return the next message other than a sign of life, or None after the timeout.

        Raises ChildDied and BadMessage.
        """
        try:
            message = self.inbox.get(timeout=timeout_s)
        except queue.Empty:
            return None
        if message is None:
            self.inbox.put(None)
            raise ChildDied(self.process.wait())
        if isinstance(message, BadMessage):
            raise message
        return message

    @property
    def seconds_since_message(self) -> float:
        """Seconds since the child's last sign of life."""
        return time.monotonic() - self.last_message_at

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    @property
    def memory_bytes(self) -> int:
        """Resident memory of the child and its descendants; 0 when it is gone."""
        return sum(map(_resident_bytes, descendants(self.process.pid)))

    def kill_group(self) -> None:
        """Kill the child at once, with its descendants. Safe from any thread; `kill` must still follow."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def kill(self) -> None:
        """Kill the child at once, with its descendants, and close the pipe."""
        self.kill_group()
        self.process.wait()
        self.outbox.put(None)
        self.reader.join()
        self.writer.join()

    def _write(self) -> None:
        with contextlib.suppress(BrokenPipeError), os.fdopen(self.out_fd, "wb") as pipe:
            while line := self.outbox.get():
                pipe.write(line)
                pipe.flush()

    def _read(self) -> None:
        with os.fdopen(self.in_fd, "rb") as pipe:
            for message in _messages(pipe):
                self.last_message_at = time.monotonic()
                if not isinstance(message, Heartbeat):
                    self.inbox.put(message)
        self.inbox.put(None)


def _resident_bytes(pid: int) -> int:
    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0


def _messages(pipe: BinaryIO) -> Iterator[FromChild | BadMessage]:
    for line in pipe:
        if not line.endswith(b"\n"):
            return  # Cut off by its death.
        try:
            yield decode_from_child(line)
        except BadMessage as exc:
            yield exc


def _environment(threads: int) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ENV_ALLOWLIST if name in os.environ}
    limits = {name: str(threads) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
    # OpenMP's threads sleep while they wait: spinning ones slow each other down on busy cores, LightGBM's most of all.
    # TensorFlow is set to keep its start-up chatter to itself.
    quiet = {"OMP_WAIT_POLICY": "PASSIVE", "TF_CPP_MIN_LOG_LEVEL": "3"}
    return {**kept, **limits, **quiet, "PYTHONUNBUFFERED": "1", "HOME": "/nonexistent"}
