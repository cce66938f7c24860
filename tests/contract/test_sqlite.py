from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from backends.tables.sqlite import SqliteTables
from tests.contract.many_rows_contract import ManyRowsContract
from tests.contract.tables_contract import TablesContract


class TestSqliteTables(TablesContract, ManyRowsContract):
    @pytest.fixture
    def tables(self, tmp_path: Path) -> Iterator[SqliteTables]:
        SqliteTables.initialize(tmp_path / "tables.db")
        tables = SqliteTables(tmp_path / "tables.db")
        yield tables
        tables.close()
