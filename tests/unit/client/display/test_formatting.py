"""Numbers and times as people read them."""

from __future__ import annotations

from nobrains_client.display.formatting import cell, duration, size


def test_numbers_are_short() -> None:
    assert [cell(value) for value in (None, 3, 0.87314, 12345.6)] == ["", "3", "0.8731", "12,346"]
    assert [size(value) for value in (None, 5, 12_300_000, 7_000_000_000)] == ["", "5 B", "12.3 MB", "7 GB"]
    assert [duration(value) for value in (None, 65.4, 3605)] == ["", "1:05", "1:00:05"]
