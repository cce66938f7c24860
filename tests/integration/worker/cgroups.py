"""A group of processes that may hold but so much memory, as in a container: Linux's control groups."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.waiting import wait_for

ROOT = Path("/sys/fs/cgroup")


class MemoryGroup:
    """A group below the one that this process is in; version 1 or 2, whichever rules memory here."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.old = (folder / "memory.limit_in_bytes").exists()
        if not self.old and not (folder / "memory.max").exists():
            folder.rmdir()
            raise OSError(f"{folder.parent} hands the memory controller on to nobody")

    def limit(self, size_bytes: int) -> None:
        """From now on no more than so much, nothing swapped out."""
        if self.old:
            (self.folder / "memory.limit_in_bytes").write_text(str(size_bytes))
        else:
            (self.folder / "memory.max").write_text(str(size_bytes))
            (self.folder / "memory.swap.max").write_text("0")

    def used_bytes(self) -> int:
        """What its processes hold of their own: the kernel cannot take it back."""
        name = "rss " if self.old else "anon "
        text = (self.folder / "memory.stat").read_text()
        return next(int(line.split()[1]) for line in text.splitlines() if line.startswith(name))

    def kills(self) -> int:
        """How often the kernel has killed in here."""
        text = (self.folder / ("memory.oom_control" if self.old else "memory.events")).read_text()
        return next(int(line.split()[1]) for line in text.splitlines() if line.startswith("oom_kill "))

    def entered(self, command: list[str]) -> list[str]:
        """The command, run within the group."""
        return ["sh", "-c", f'echo $$ > {self.folder}/cgroup.procs && exec "$@"', "sh", *command]

    def remove(self) -> None:
        """Return when it is gone, which is after its last process has been buried."""
        wait_for(self._removed)

    def _removed(self) -> bool:
        with contextlib.suppress(OSError):
            self.folder.rmdir()
        return not self.folder.exists()


@pytest.fixture
def memory_group() -> Iterator[MemoryGroup]:
    """A group without a limit yet. Skips where this user may make none."""
    name = f"nobrains-{secrets.token_hex(4)}"
    parent = ROOT / "memory" if (ROOT / "memory").is_dir() else ROOT
    try:
        group = MemoryGroup(parent / name)
    except OSError as exc:
        pytest.skip(f"this user may not make a control group for memory: {exc}")
    yield group
    group.remove()
