"""Endpoints whose changes are told of."""

from __future__ import annotations

import pytest

from tests.unit.core.conftest import World
from tests.unit.core.endpoints.conftest import Served


@pytest.fixture
def served(world: World) -> Served:
    return Served(world)
