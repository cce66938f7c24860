"""A table in an emulator of Bigtable."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import closing

import pytest

from backends.tables.bigtable import BigtableTables
from backends.tables.bigtable_connection import Address
from tests.emulators.bigtable import shared_emulator

KEEP_DAYS = {"activity": 365, "audit": 730, "idempotency": 7}


def new_address() -> Address:
    return Address("test", "test", f"unit-{secrets.token_hex(4)}")


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> Address:
    """Where a table may be made."""
    monkeypatch.setenv("BIGTABLE_EMULATOR_HOST", shared_emulator().host)
    return new_address()


@pytest.fixture
def tables(address: Address) -> Iterator[BigtableTables]:
    BigtableTables.initialize(address, KEEP_DAYS)
    with closing(BigtableTables(address)) as tables:
        yield tables
