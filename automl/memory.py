"""Memory: what this process may hold, and whether something more fits in."""

from __future__ import annotations

import psutil

from automl.resources import memory_limit_bytes

SHORT_SHARE = 0.85
"""A trial may need a good part of what is left; beyond this share of the limit none is begun."""


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
        """Whether no further trial should begin."""
        return self.used_bytes > SHORT_SHARE * self.limit_bytes

    def fits(self, needed_bytes: float) -> bool:
        """Whether so much more would stay within the limit."""
        return self.used_bytes + needed_bytes <= self.limit_bytes
