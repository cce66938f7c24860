"""The machine as this process may use it: memory and processors, a container's limits included.

Libraries count the host's processors and see the host's memory; in a container both are wrong, and who believes them is
slow or killed. Linux's control groups say what holds, in both of their versions; elsewhere only the machine counts.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import psutil

CGROUPS = Path("/sys/fs/cgroup")
MEMBERSHIP = Path("/proc/self/cgroup")
SHORT_SHARE = 0.85
"""Share of the memory limit beyond which no trial is begun: one may need a good part of the rest."""


def memory_limit_bytes() -> int:
    """Return bytes that the processes of this container or machine may hold together."""
    limits = [int(psutil.virtual_memory().total)]
    for group in _groups("memory"):
        for name in ("memory.max", "memory.limit_in_bytes"):
            limits += [number for number in _numbers(group / name)[:1] if number > 0]
    return min(limits)


def usable_cpus() -> int:
    """Return processors that this process may keep busy at once, at least 1: a quota of 1.5 is 1."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    count = float(allowed)
    for group in _groups("cpu"):
        shared = _numbers(group / "cpu.max")
        if not shared:
            shared = _numbers(group / "cpu.cfs_quota_us") + _numbers(group / "cpu.cfs_period_us")
        # No quota is "max" in version 2 and -1 in version 1.
        if len(shared) == 2 and shared[0] > 0 and shared[1] > 0:
            count = min(count, shared[0] / shared[1])
    return max(1, int(count))


class Memory:
    """Watches the resident memory of this process.

    Args:
        limit_bytes: at most so much. None is what there is: what holds is the least of this, of the container's limit,
            and of what the machine has to give now.
    """

    def __init__(self, limit_bytes: int | None = None) -> None:
        self._process = psutil.Process()
        limits = [psutil.virtual_memory().available + self.used_bytes, memory_limit_bytes()]
        self.limit_bytes: int = min(limits if limit_bytes is None else [limit_bytes, *limits])

    @property
    def used_bytes(self) -> int:
        """Resident now."""
        return int(self._process.memory_info().rss)

    def is_short(self) -> bool:
        """Return whether no further trial should begin."""
        return self.used_bytes > SHORT_SHARE * self.limit_bytes

    def fits(self, needed_bytes: float) -> bool:
        """Return whether so many more bytes would stay within the limit."""
        return self.used_bytes + needed_bytes <= self.limit_bytes


def _groups(controller: str) -> Iterator[Path]:
    """Yield folders of the groups that this process is in, from the innermost out: each of them limits it.

    A container often sees its own group as the root while it is told the host's path: folders that are not there hold
    no files, and the way out ends at the root.
    """
    try:
        lines = MEMBERSHIP.read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers and controller not in controllers.split(","):
            continue
        root = CGROUPS / controller if controllers else CGROUPS
        inner = Path(path.lstrip("/"))
        yield from (root / each for each in (inner, *inner.parents))


def _numbers(path: Path) -> list[int]:
    """Return the numbers in a file; none when it is missing, unreadable or says `max`."""
    try:
        return [int(word) for word in path.read_text().split()]
    except (OSError, ValueError):
        return []
