"""`nobrains alive`: how long ago a worker gave its last sign of life."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from core.settings import Settings


def heartbeat_age_s(settings: Settings, fail: Callable[[str], Exception]) -> float:
    """Seconds since the heartbeat file was touched. A clock that was set back makes it young, not old."""
    if not settings.heartbeat_file:
        raise fail("NOBRAINS_HEARTBEAT_FILE names no file: give it to the worker and to this command.")
    try:
        return max(0.0, time.time() - Path(settings.heartbeat_file).stat().st_mtime)
    except OSError as exc:
        raise fail(f"{settings.heartbeat_file}: {exc.strerror}: no worker has touched it yet.") from exc
