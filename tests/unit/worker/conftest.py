"""An embedded service, and one whose searches several workers may share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from backends.factory import create_backends
from core.service import Service
from core.settings import Settings
from tests.unit.worker.shared import Shared


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    settings = Settings({}, data=str(tmp_path / "data"))
    ports = create_backends(settings)
    yield Service(ports, settings)
    ports.close()


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[Shared]:
    made = Shared(tmp_path)
    yield made
    made.service.ports.close()
