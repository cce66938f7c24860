"""Durations as people write them."""

from __future__ import annotations

import pytest
import typer

from nobrains_client.display.terminal import parse_duration, parse_limit


@pytest.mark.parametrize(("text", "seconds"), [("90", 90), ("60s", 60), ("5m", 300), ("1h", 3600)])
def test_durations_are_read(text: str, seconds: int) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "s", "0", "-5", "1.5m", "5 m", "5d", "٣x"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="90s, 5m or 1h"):
        parse_duration(text)


@pytest.mark.parametrize(("text", "limit"), [("10", 10.0), ("2.5", 2.5), ("none", None), ("None", None), ("0", None)])
def test_a_limit_is_a_number_or_lifted(text: str, limit: float | None) -> None:
    assert parse_limit(text) == limit


@pytest.mark.parametrize("text", ["", "-1", "nan", "inf", "5 ms"])
def test_what_is_no_limit_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter):
        parse_limit(text)
