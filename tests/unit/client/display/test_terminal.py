"""Numbers and times as people read and write them."""

from __future__ import annotations

import pytest
import typer

from client.display.terminal import cell, duration, parse_duration, size


@pytest.mark.parametrize(("text", "seconds"), [("90", 90), ("60s", 60), ("5m", 300), ("1h", 3600)])
def test_durations_are_read(text: str, seconds: int) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "s", "0", "-5", "1.5m", "5 m", "5d", "٣x"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="90s, 5m or 1h"):
        parse_duration(text)


def test_numbers_are_short() -> None:
    assert [cell(value) for value in (None, 3, 0.87314, 12345.6)] == ["", "3", "0.8731", "12,346"]
    assert [size(value) for value in (None, 5, 12_300_000, 7_000_000_000)] == ["", "5 B", "12.3 MB", "7 GB"]
    assert [duration(value) for value in (None, 65.4, 3605)] == ["", "1:05", "1:00:05"]
