"""An image at work: its entry point is process 1 on a read-only root, without rights and in a network of its own.

`buildah run` knows no read-only root, so the kernel is asked directly, by util-linux's unshare and nsenter.
"""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.images.buildah import Image

PATIENCE_S = 120.0

# Arguments: root of the image, folder for /data, user and group, then environment and command.
SETUP = """
set -e
root=$1 data=$2 user=$3; shift 3
mount --bind "$root" "$root"
mount --options remount,bind,ro "$root"
mount --types tmpfs --options mode=1777 tmpfs "$root/tmp"
mount --bind "$data" "$root/data"
mount --types proc proc "$root/proc"
mount --rbind /dev "$root/dev"
ip link set lo up
exec chroot --userspec="$user" "$root" /usr/bin/env --ignore-environment "$@"
"""
UNSHARE = ("unshare", "--mount", "--pid", "--net", "--fork", "--kill-child", "sh", "-c", SETUP, "sh")


@dataclass(frozen=True)
class Container:
    """A running container: `process` is unshare's, whose only child is the container's process 1."""

    image: Image
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def first(self) -> psutil.Process:
        """Process 1, as the machine sees it."""
        while not (children := psutil.Process(self.process.pid).children()):
            assert self.process.poll() is None, self.log.read_text()
        return children[0]

    def execute(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command beside process 1, as its user and in its environment, as `docker exec` does."""
        user, _, group = self.image.config["User"].partition(":")
        enter = ("nsenter", f"--target={self.first.pid}", "--mount", "--net", "--pid", "--root", "--wd=/")
        who = (f"--setuid={user}", f"--setgid={group}", "/usr/bin/env", "--ignore-environment")
        return subprocess.run(
            [*enter, *who, *self.image.config["Env"], *command], capture_output=True, text=True, check=False
        )

    def wait_for(self, *command: str) -> str:
        """Run a command until it succeeds; what it printed."""
        deadline = time.monotonic() + PATIENCE_S
        while (done := self.execute(*command)).returncode:
            assert time.monotonic() < deadline, done.stderr + self.log.read_text()
        return done.stdout

    def stop(self) -> int:
        """SIGTERM to process 1, as `docker stop` does; its exit code, negative for a signal."""
        self.first.terminate()
        return self.process.wait()


@contextlib.contextmanager
def running(image: Image, data: Path, *arguments: str) -> Iterator[Container]:
    """Start the image with these arguments, or its own; killed at the end, where it still runs."""
    log = data.with_suffix(".log")
    command = [*image.config["Entrypoint"], *(arguments or image.config["Cmd"])]
    with log.open("wb") as output:
        process = subprocess.Popen(
            _prepared(image, data, command), stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        yield Container(image, process, log)
    finally:
        process.kill()
        process.wait()


def call(image: Image, data: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run one command in place of the entry point, to its end."""
    return subprocess.run(_prepared(image, data, command), capture_output=True, text=True, check=False)


def _prepared(image: Image, data: Path, command: list[str] | tuple[str, ...]) -> list[str]:
    return [*UNSHARE, str(image.root), str(data), image.config["User"], *image.config["Env"], *command]
