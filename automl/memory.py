"""Memory: what the process may hold."""

from __future__ import annotations

import psutil

SHORT_SHARE = 0.85
"""A trial may need a good part of what is left; beyond this share of the limit none is begun."""


class Memory:
    """Watches the resident memory of this process.

    Args:
        limit_bytes: at most so much; None is what the machine has to give now.
    """

    def __init__(self, limit_bytes: int | None) -> None:
        self._process = psutil.Process()
        available = psutil.virtual_memory().available + self._process.memory_info().rss
        self._limit_bytes = available if limit_bytes is None else min(limit_bytes, available)

    def is_short(self) -> bool:
        """Whether no further trial should begin."""
        return bool(self._process.memory_info().rss > SHORT_SHARE * self._limit_bytes)
