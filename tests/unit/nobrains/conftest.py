"""A service with a user and a dataset, to be backed up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from backends.factory import create_backends
from core.service import Service
from core.settings import Settings

CSV = b"age,city\n31,Rome\n45,Oslo\n"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings({}, data=str(tmp_path / "service"))


@pytest.fixture
def service(settings: Settings) -> Iterator[Service]:
    """A running one, with a user and a dataset."""
    ports = create_backends(settings)
    made = Service(ports, settings)
    user = made.accounts.sign_up("ada", "correct horse")
    made.datasets.create(user.id, "people.csv", iter([CSV]))
    yield made
    ports.close()
