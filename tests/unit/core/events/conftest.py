from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.domain.ids import rfc3339
from core.events import intake
from core.settings import Settings
from tests.unit.core.events.event_world import EventWorld


@pytest.fixture
def world(tmp_path: Path) -> EventWorld:
    return EventWorld(Settings({}, data=str(tmp_path)))


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Moves the wall clock of what receives events."""
    passed = timedelta()

    class Moved(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.now(tz or UTC) + passed

    def move(seconds: float) -> None:
        nonlocal passed
        passed += timedelta(seconds=seconds)

    monkeypatch.setattr(intake, "datetime", Moved)
    monkeypatch.setattr(intake, "now", lambda: rfc3339(Moved.now(UTC)))
    return move
