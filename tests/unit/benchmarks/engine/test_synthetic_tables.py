from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.engine.synthetic_tables import MADE, make_tables, mixed
from benchmarks.engine.tables import find_tables


def test_every_table_can_be_made_offline_and_is_whole(tmp_path: Path) -> None:
    make_tables(tmp_path)
    tables = find_tables(tmp_path)
    assert {table.name for table in tables} == set(MADE)
    for table in tables:
        train, test = table.train(), table.test()
        assert list(train) == list(test)
        assert train[table.target].notna().all()
        assert len(train) == pytest.approx(3 * len(test), abs=3)
        assert (train[table.target].nunique() == 2) == (table.task == "binary")


def test_mixed_columns_are_twenty_and_repeatable() -> None:
    frame = mixed(500)
    assert frame.shape == (500, 21)
    assert frame.equals(mixed(500))
    assert not frame.equals(mixed(500, seed=1))
