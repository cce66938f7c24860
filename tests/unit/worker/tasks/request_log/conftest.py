"""An endpoint with a log of requests, and a worker."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.service import Service
from tests.unit.worker.tasks.request_log.shop import Shop


@pytest.fixture
def shop(service: Service, tmp_path: Path) -> Shop:
    folder = tmp_path / "folders"
    folder.mkdir()
    return Shop(service, folder)
