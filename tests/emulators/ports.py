"""Ports of loopback for the processes that tests start."""

from __future__ import annotations

import atexit
from contextlib import ExitStack

from core.process import reserved_port

_reserved = ExitStack()
atexit.register(_reserved.close)


def reserve_ports(count: int) -> list[int]:
    """Return ports that nobody else is given until the tests end, whether their servers run or not."""
    return [_reserved.enter_context(reserved_port("127.0.0.1", 0)) for _ in range(count)]
