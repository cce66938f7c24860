from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest

from backends.tables.bigtable import BigtableTables
from backends.tables.bigtable_connection import Address
from tests.contract.many_rows_contract import ManyRowsContract
from tests.contract.tables_contract import TablesContract
from tests.emulators.bigtable import shared_emulator


@pytest.mark.filterwarnings("ignore:Connecting to Bigtable emulator")
class TestBigtableTables(TablesContract, ManyRowsContract):
    @pytest.fixture
    def tables(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[BigtableTables]:
        monkeypatch.setenv("BIGTABLE_EMULATOR_HOST", shared_emulator().host)
        address = Address("test", "test", f"contract-{secrets.token_hex(4)}")
        BigtableTables.initialize(address, {"activity": 365, "audit": 730, "idempotency": 7})
        tables = BigtableTables(address)
        yield tables
        tables.close()
