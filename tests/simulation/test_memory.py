"""The tables in memory keep what every adapter keeps."""

from __future__ import annotations

import pytest

from core.ports import Tables
from tests.simulation.memory import MemoryTables


def test_rows_are_scanned_in_the_order_of_their_bytes() -> None:
    tables: Tables = MemoryTables()
    keys = ["t#z", "t#~", "t#é", "t#\uffff", "t#\U0001f986", "t", "u#"]
    for key in reversed(keys):
        tables.put(key, key.encode())
    assert [row.key for row in tables.scan("t#")] == keys[:5]
    assert [row.key for row in tables.scan("t#", limit=2, after="t#~")] == keys[2:4]


@pytest.mark.parametrize(("expected", "written"), [(b"old", True), (b"other", False)])
def test_conditional_writes(expected: bytes, written: bool) -> None:
    tables = MemoryTables()
    tables.put("job#1", b"old")
    assert not tables.put_if_absent("job#1", b"new")
    assert tables.put_if_unchanged("job#1", b"new", expected) is written
    assert tables.get("job#1") == (b"new" if written else b"old")
    assert tables.delete_if_unchanged("job#1", b"new") is written
