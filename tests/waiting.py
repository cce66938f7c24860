"""How tests wait: until something is so, not for a time, and long enough for a machine that is busy otherwise."""

from __future__ import annotations

import time
from collections.abc import Callable

# Processes are many times slower where others want the processors too. It costs time only where a test fails.
PATIENCE_S = 240.0


def wait_for(look: Callable[[], object], patience_s: float = PATIENCE_S) -> None:
    """Look until it is true."""
    deadline = time.monotonic() + patience_s
    asked = time.monotonic()
    while not look():
        assert time.monotonic() < deadline
        # A look that costs something leaves the processors to what is waited for.
        time.sleep(max(0.05, 2 * (time.monotonic() - asked)))
        asked = time.monotonic()
